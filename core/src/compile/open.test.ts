/** Opening, joining, pruning and cutting, as printed programs. */
import { expect, test } from "vitest";
import { nn, type Tensor, tensor } from "../index.ts";
import type { Program } from "../ir/program.ts";
import { NNsight } from "../model/nnsight.ts";
import type { Tracer } from "../trace/tracer.ts";
import { cut } from "./cut.ts";
import { emit } from "./emit.ts";
import { open } from "./open.ts";
import { prune } from "./prune.ts";
import { print } from "./step.ts";

class Block extends nn.Module {
  mlp = new nn.Linear(4, 4);
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(x))];
  }
}
class Stream extends nn.Module {
  embed = new nn.Linear(3, 4);
  layers = new nn.ModuleList([new Block(), new Block(), new Block()]);
  head = new nn.Linear(4, 2);
  forward(x: Tensor): Tensor {
    let hidden = this.embed(x);
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.head(hidden);
  }
}
const model = new NNsight(new Stream());

/** The program that a body makes, caught on its way to the backend. */
async function programOf(body: (tracer: Tracer) => unknown): Promise<Program> {
  let caught: Program | undefined;
  await model.trace(tensor([[1, 2, 3]]), (tracer) => {
    const { backend } = tracer.subject;
    const { run } = backend;
    backend.run = (program, onEvent) => {
      backend.run = run;
      caught = program;
      return run.call(backend, program, onEvent);
    };
    return body(tracer);
  });
  return caught!;
}

const printed = (program: Program): string => print(prune(open(program)));

const shape = (program: Program): string[] => {
  const straight = open(program);
  return cut(prune(straight), straight.wanted).map((piece) =>
    piece.kind === "host"
      ? "host"
      : (piece.kind === "call" ? [piece.step] : piece.steps)
          .map((step) => (step.kind === "call" ? step.path : step.kind === "op" ? step.node.op : ""))
          .join(" "),
  );
};

test("an untouched model is a chain of calls, cut at its units", async () => {
  const program = await programOf(() => model.output);
  expect(printed(program)).toBe(`v1 = embed(input0)
v2 = layers.0(v1)
v3 = layers.1(v2)
v4 = layers.2(v3)
v5 = head(v4)`);
  expect(shape(program)).toEqual(["embed", "layers.0", "layers.1", "layers.2", "head"]);
});

test("only the way to a touched hook is opened", async () => {
  const program = await programOf(() => ({ inner: model.layers[1]!.mlp.output, out: model.output }));
  expect(printed(program)).toBe(`v1 = embed(input0)
v2 = layers.0(v1)
v3 = layers.1.mlp(v2)
v4 = add(v2, v3)
v5 = layers.2(v4)
v6 = head(v5)`);
});

test("what nobody asks for is not run", async () => {
  expect(printed(await programOf(() => model.layers[1]!.mlp.input))).toBe(`v1 = embed(input0)
v2 = layers.0(v1)`);
});

test("an edit stands between the calls around it, and the residual keeps what it was given", async () => {
  const program = await programOf(() => {
    model.layers[1]!.mlp.input.mul_(2);
    return model.layers[1]!.output[0];
  });
  expect(printed(program)).toBe(`v1 = embed(input0)
v2 = layers.0(v1)
v4 = mul(v2, value3)
v5 = layers.1.mlp(v4)
v6 = add(v2, v5)`);
});

test("positions and factors are inputs: a loop over them compiles one piece", async () => {
  const keys = new Set<string>();
  for (const [position, factor] of [
    [0, 1.5],
    [1, 2.5],
    [2, 0],
  ] as const) {
    const program = await programOf(() => {
      model.layers[0]!.output[0].at(":", position).mul_(factor);
      return model.output;
    });
    const straight = open(program);
    const pieces = cut(prune(straight), straight.wanted);
    keys.add(pieces.map((piece) => (piece.kind === "host" ? "" : emit(piece).key)).join("\n\n"));
  }
  expect(keys.size).toBe(1);
});

test("equal keys for equal structures, other keys for other weights", async () => {
  const program = await programOf(() => model.output);
  const keys = (): string[] => {
    const straight = open(program);
    return cut(prune(straight), straight.wanted).map((piece) =>
      piece.kind === "host" ? "" : emit(piece).key,
    );
  };
  expect(keys()).toEqual(keys());
  expect(new Set(keys()).size).toBe(5);
});
