/** The public types, checked by the compiler: what must be accepted, and what must not. */
import {
  apply,
  CONFIG,
  type diffEdits,
  int,
  LanguageModel,
  list,
  type listEdits,
  loadEdits,
  type loadProgram,
  NNsight,
  nn,
  type Operation,
  ops,
  recordSession,
  recordTrace,
  type SavedProgram,
  type Source,
  saveEdits,
  type Tensor,
  tensor,
} from "./index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

class MLP extends nn.Module {
  up = new nn.Linear(8, 32);
  down = new nn.Linear(32, 8);
  forward(x: Tensor): Tensor {
    return this.down(ops.gelu(this.up(x)));
  }
}

class Block extends nn.Module {
  mlp = new MLP();
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(x))];
  }
}

class Stack extends nn.Module {
  layers = new nn.ModuleList([new Block(), new Block()]);
  forward(x: Tensor): { logits: Tensor } {
    return { logits: x };
  }
}

export async function networks(): Promise<void> {
  const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
  const tiny = new NNsight(net);
  const input = ops.rand([1, 5]);

  const one = await tiny.trace(input, () => tiny.layer1.output);
  same<typeof one, Tensor>(true);
  const many = await tiny.trace(input, (tracer) => {
    tracer.stop();
    return { a: tiny.layer1.output, list: [tiny.layer2.input, 3] as const, text: "x" };
  });
  same<typeof many.a, Tensor>(true);
  same<(typeof many.list)[0], Tensor>(true);
  same<typeof many.text, string>(true);

  tiny.layer1.output = tensor([[0]]);
  // @ts-expect-error there is no third layer
  tiny.layer3;
  // @ts-expect-error an output is a tensor
  tiny.layer1.output = "zero";

  {
    await using tracer = tiny.trace(input);
    tracer.log("hello", tiny.layer1.output.save());
  }
  await tiny.trace((tracer) => {
    const value = tracer.invoke(input, () => tiny.layer1.output);
    same<typeof value, Tensor>(true);
    using second = tracer.invoke(input);
    same<typeof second.rows, number>(true);
  });
  const sizes = await tiny.scan(input, () => tiny.layer2.input.shape);
  same<typeof sizes, number[]>(true);
}

export async function trees(): Promise<void> {
  const stack = new NNsight(new Stack());
  await stack.trace(tensor([[1]]), () => {
    const block = stack.layers[-1]!;
    same<(typeof block.output)[0], Tensor>(true);
    block.mlp.up.output.fill(0);
    block.output[0] = block.output[0].mul(2);
    stack.output.logits.save();
    stack.output.save();
    return stack.layers.map((layer) => layer.mlp.output);
  });
  // @ts-expect-error a block has no attention
  stack.layers[0]!.attention;
}

export async function names(): Promise<void> {
  const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
  const tiny = new NNsight(net, { rename: { layer1: "first", layer2: ["second", "last"] } });
  await tiny.trace(ops.rand([1, 5]), () => [
    tiny.first.output,
    tiny.second.input,
    tiny.last.output,
    tiny.layer1,
  ]);
  same<typeof tiny.first.weight, Tensor>(true);
  // @ts-expect-error there is no third name
  tiny.third;

  const stack = new NNsight(new Stack(), {
    rename: { layers: "blocks", ".layers.0": "bottom", mlp: ["ff"] },
  });
  stack.blocks[-1]!.ff.up.output.add(1);
  stack.bottom.ff.output.add(1);
  // @ts-expect-error this name is the root's alone
  stack.layers[0]!.bottom;
  const edited = await stack.edit(() => undefined);
  edited.blocks[0]!.ff.output;

  const i: number = 3;
  stack.get(`layers.${i}.mlp.up`).output.add(1);
  same<ReturnType<typeof stack.get<"layers.0.mlp.output">>, Tensor>(true);
  same<ReturnType<typeof stack.get<"blocks.-1.ff.up.input">>, Tensor>(true);
  stack.get("layers.0").output[0].save();
  stack.get("output").logits.save();
  stack.get("elsewhere.output").save();
  const path: string = "layers.0";
  stack.get(path).output.save();
  // @ts-expect-error a block has no such module
  stack.get("layers.0").attention;
  for (const [name, module] of stack.namedModules()) module.get(name).output.add(1);
  for (const child of stack) child.path.length;
  for (const block of stack.layers) block.mlp.up.weight.add(1);
  const parameters: Tensor[] = stack.parameters();
  parameters.length;
}

class Bert extends nn.Module {
  output = new nn.Linear(4, 4);
  trace = new nn.Linear(4, 4);
  forward(x: Tensor): [Tensor] {
    return [this.output(this.trace(x))];
  }
}

export async function clashes(): Promise<void> {
  const bert = new NNsight(new Bert());
  await bert.nnsTrace(tensor([[1]]), () => {
    bert.nnsOutput[0] = bert.output.output;
    return [bert.nnsOutput[0], bert.trace.weight];
  });
  // @ts-expect-error nothing is called `input` here, so that it does not move
  bert.nnsInput;
}

export async function languageModels(): Promise<void> {
  const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
  const text: string = lm.tokenizer.decode([1, 2]);
  const { values, indices } = await lm.trace(text, () => lm.lm_head.output.softmax(-1).topk(5));
  same<typeof values, Tensor>(true);
  same<typeof indices, Tensor>(true);
  await lm.trace(["a", "b"], () => lm.model.layers[3]!.self_attn.o_proj.output);
  await lm.trace([1, 2, 3], () => lm.output.logits);
  const pattern = await lm.trace([1, 2, 3], () => lm.model.layers[3]!.attn.pattern);
  same<typeof pattern, Tensor>(true);
  // @ts-expect-error `attn` is a name of layers of an architecture, not of other modules
  lm.model.norm.attn;
  const short = await LanguageModel.load("x", { rename: { "model.layers": "blocks" } });
  await short.trace("a", () => short.blocks[-1]!.self_attn.output);
  // @ts-expect-error a prompt is no number
  lm.trace(5, () => lm.output);
}

export function tensors(): void {
  const x = tensor([[1, 2]], { dtype: "int64" });
  same<ReturnType<typeof x.sum>, Tensor>(true);
  const parts: Tensor[] = x.chunk(2, -1);
  const [values] = x.max(-1);
  const whole: Tensor = x.max();
  x.at(0, ":", -1, "...", null).add(parts[0]!).mul(values!).sub(whole);
  x[0] = tensor([3, 4]);
  ops.cat([x, x], 0);
  x.at([0, 1], tensor([true]), whole)
    .at([[0], [1]])
    .set([x.gt(0)], 1);
  tensor([1], { dtype: "float16" })
    .bfloat16()
    .rearrange("(a b) -> a b", { a: 1 })
    .repeat("a b -> a b c", { c: 2 });
  // @ts-expect-error einsum is a function: its first argument is no tensor
  x.einsum("ij->ji");
  ops.einsum("ij,kj->ik", x, x).repeat(2, 1);
  const [middle, where] = x.median(0);
  same<typeof where, typeof middle>(true);
  // @ts-expect-error the option is called keepdim
  x.sum(-1, { keepDim: true });
  // @ts-expect-error there are no complex numbers
  tensor([1], { dtype: "complex64" });
  // @ts-expect-error cat is a function
  x.cat(x);
}

export async function namesThatAreNotKnown(layers: Record<string, nn.Linear>): Promise<void> {
  const stack = new NNsight(new nn.Sequential(layers));
  const out = await stack.trace(ops.rand([1, 5]), () => [stack.first!.output, stack.output.sum()]);
  same<typeof out, Tensor[]>(true);
}

export async function values(): Promise<void> {
  const tiny = new NNsight(new nn.Linear(5, 10));
  const out = await tiny.trace(ops.rand([1, 5]), (tracer) => ({
    n: int(5).add(1),
    list: list([1, 2]),
    own: tracer.apply((x: Tensor, by: number) => x.size * by, tiny.output, int(2)),
  }));
  same<typeof out.n, number>(true);
  same<typeof out.list, unknown[]>(true);
  same<typeof out.own, number>(true);
  // @ts-expect-error the function takes a tensor
  apply((x: Tensor) => x, "text");
}

export function settings(): void {
  CONFIG.APP.CONTROL_FLOW_HANDLING = false;
  CONFIG.API.HOST = undefined;
  CONFIG.save();
  // @ts-expect-error a switch is a boolean
  CONFIG.APP.DEBUG = "yes";
  // @ts-expect-error there is no such setting
  CONFIG.APP.CONTROL_FLOW_HANDLNG = true;
}

export async function sources(): Promise<void> {
  const net = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10) }), {
    envoys: {
      layer1: (envoy: { output: Tensor }) => ({
        get first(): Tensor {
          return envoy.output.at(0);
        },
      }),
    },
  });
  const { linear_0 } = net.layer1.source;
  same<typeof linear_0, Operation | undefined>(true);
  for (const { shape, where, source } of net.layer1.source) {
    same<typeof shape, readonly (number | string)[]>(true);
    same<typeof where, string>(true);
    same<typeof source, Source>(true);
  }
  const { first } = await net.trace(ops.ones(1, 5), () => ({ first: net.layer1.first }));
  same<typeof first, Tensor>(true);
  // @ts-expect-error only layer1 has the view
  net.first;
}

export async function files(): Promise<void> {
  const net = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10) }));
  await saveEdits(net, "edits.safetensors", { note: "none" });
  const loaded = await loadEdits(net, "edits.safetensors", { inplace: true });
  same<typeof loaded, typeof net>(true);
  same<ReturnType<typeof listEdits>, string[]>(true);
  same<ReturnType<typeof diffEdits>, string[]>(true);
  const program = await recordTrace(net, ops.ones(1, 5), () => ({ out: net.layer1.output, name: "x" }));
  const made = await program.run();
  same<typeof made.out, Tensor>(true);
  const session = await recordSession(net, (s) => s.trace(net, ops.ones(1, 5), () => net.layer1.output));
  same<Awaited<ReturnType<typeof session.run>>, Tensor>(true);
  const inside = await net.session(() => ({ out: net.trace(ops.ones(1, 5), () => net.layer1.output) }));
  same<typeof inside.out, Tensor>(true);
  same<Awaited<ReturnType<typeof loadProgram>>, SavedProgram>(true);
}
