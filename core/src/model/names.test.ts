/** Modules by other names, by path, and all of them; names that clash with nnsight's own (NNsight's tests 7-087 to 7-090). */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { close } from "../../goldens/tiny.ts";
import { NNsight, nn, resetContexts, type Tensor, tensor } from "../index.ts";

class Block extends nn.Module {
  mlp = new nn.Linear(2, 2);
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(x))];
  }
}

class Stack extends nn.Module {
  layers = new nn.ModuleList([new Block(), new Block()]);
  norm = new nn.Linear(2, 2);
  forward(x: Tensor): Tensor {
    let hidden = x;
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.norm(hidden);
  }
}

class Model extends nn.Module {
  model = new Stack();
  head = new nn.Linear(2, 2);
  forward(x: Tensor): Tensor {
    return this.head(this.model(x));
  }
}

const net = new Model();
const x = tensor([[1, 2]]);
const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
beforeEach(() => resetContexts());
afterEach(() => warnings.mockClear());

describe("rename", () => {
  const lm = new NNsight(net, {
    rename: { "model.layers": "blocks", ".model.norm": [".final", "last"], mlp: "ff", "layers.0": "bottom" },
  });

  test("7-087, 7-088, 7-089, 7-090: a name holds at every module that has it, a path from where it leads on, and the first names stay", async () => {
    const run = (read: () => unknown) => lm.trace(x, () => read() as Tensor).then((t) => t.toArray());
    const want = await run(() => lm.model.layers[1]!.mlp.output);
    expect(await run(() => lm.blocks[-1]!.ff.output)).toEqual(want);
    expect(await run(() => lm.model.layers[1]!.ff.output)).toEqual(want);
    expect(await run(() => lm.get("blocks.1.ff.output"))).toEqual(want);
    expect([lm.blocks.path, lm.final.path, lm.last.path, lm.model.bottom.ff.path]).toEqual([
      "model.layers",
      "model.norm",
      "model.norm",
      "model.layers.0.mlp",
    ]);
    expect(["final" in lm, "final" in lm.model, "elsewhere" in lm]).toEqual([true, false, false]);
    expect(() => (lm.model as unknown as { final: unknown }).final).toThrow("has no 'final'");
  });

  test("writing through another name reaches the module, also in a copy by edit", async () => {
    const edited = await lm.edit(() => {
      lm.blocks[0]!.ff.output.fill(0);
    });
    const [hidden, first] = await edited.trace(x, () => [
      edited.model.bottom.output[0],
      edited.blocks[0]!.input,
    ]);
    expect(hidden!.toArray()).toEqual(first!.toArray());
    expect(() => Object.assign(lm, { final: new nn.Linear(2, 2) })).toThrow(
      "'final' is another name of 'model.norm': assign that.",
    );
  });

  test("the printed tree shows other names", () => {
    const linear = "Linear(in_features=2, out_features=2, bias=True)";
    expect(inspect(lm)).toBe(`Model(
  (model): Stack(
    (layers): ModuleList(
      (0-1): 2 x Block(
        (mlp, ff): ${linear}
      )
    )
    (norm): ${linear}
    (bottom): layers.0
  )
  (head): ${linear}
  (blocks): model.layers
  (final): model.norm
  (last): model.norm
)`);
    expect(String(lm)).toBe(inspect(lm));
    expect(String(new NNsight(net))).not.toContain("ff");
  });

  test("names that are taken or are no names are refused; a name of no module is passed over with a warning", () => {
    const naming = (rename: Record<string, string>) => () => new NNsight(net, { rename });
    expect(naming({ model: "head" })).toThrow(
      "rename: 'model' cannot be called 'head', which is a name of the model already. Choose another.",
    );
    expect(naming({ mlp: "output" })).toThrow("which is a name of 'model.layers.0' already");
    expect(naming({ model: "trace" })).toThrow("'trace', which is a name of the model already");
    expect(naming({ model: "x", head: "x" })).toThrow("'head' cannot be called 'x'");
    expect(naming({ model: "a.b" })).toThrow("'model' cannot be called 'a.b': give one name");
    expect(naming({ norm: "norm" })).not.toThrow();
    expect(warnings).not.toHaveBeenCalled();
    naming({ modle: "m" })();
    expect(warnings.mock.calls).toEqual([
      ["Warning: rename: no module is called 'modle'; near are 'model'. The name is passed over."],
    ]);
  });
});

describe("the tree", () => {
  const lm = new NNsight(net);
  const paths = [
    "",
    "model",
    "model.layers",
    "model.layers.0",
    "model.layers.0.mlp",
    "model.layers.1",
    "model.layers.1.mlp",
    "model.norm",
    "head",
  ];

  test("modules, children and parameters, in torch's order", () => {
    expect(lm.namedModules().map(([path, envoy]) => [path, envoy.path])).toEqual(
      paths.map((path) => [path, path]),
    );
    expect(lm.model.namedModules().map(([path]) => path)).toEqual(
      paths.slice(1, -1).map((path) => path.replace(/^model\.?/, "")),
    );
    expect(lm.modules((envoy) => envoy.path.endsWith("mlp")).map(({ path }) => path)).toEqual([
      paths[4],
      paths[6],
    ]);
    expect(lm.children().map(({ path }) => path)).toEqual(["model", "head"]);
    expect([...lm].map(({ path }) => path)).toEqual(["model", "head"]);
    expect([...lm.model.layers].map(({ path }) => path)).toEqual([paths[3], paths[5]]);
    expect(lm.namedParameters().map(([path]) => path)).toEqual(
      [...net.namedParameters()].map(([path]) => path),
    );
    const [weight, bias] = lm.head.parameters();
    expect([weight === net.head.weight, bias === net.head.bias]).toEqual([true, true]);
  });

  test("a shared module or parameter is there once, but in the state dict at each place", () => {
    const one = new nn.Linear(2, 2);
    const tied = new nn.Linear(2, 2);
    tied.weight = one.weight;
    const shared = new nn.Sequential({ a: one, b: one, tied });
    expect(new NNsight(shared).namedModules().map(([path]) => path)).toEqual(["", "a", "tied"]);
    expect([...shared.parameters()].length).toBe(3);
    expect(Object.keys(shared.stateDict())).toEqual(["a.weight", "a.bias", "tied.weight", "tied.bias"]);
  });

  test("parameters are read-only in a trace", async () => {
    const weight = await lm.trace(x, () => lm.get("head").parameters()[0]!);
    expect(weight.toArray()).toEqual(net.head.weight.toArray());
    await expect(lm.trace(x, () => void lm.parameters()[0]!.fill(0))).rejects.toThrow(
      "the parameter 'model.layers.0.mlp.weight' is read-only inside a trace",
    );
  });

  test("a path may lead to a module, count from the end, and go on to a value", async () => {
    expect(lm.get("").path).toBe("");
    expect(lm.get("model.layers.-1.mlp").path).toBe(paths[6]);
    const [a, b, c] = await lm.trace(x, () => [
      lm.get("model.layers.0.output.0"),
      lm.get("model.layers.0.inputs")[0][0],
      lm.get("output"),
    ]);
    const [first] = net.model.layers[0]!(x) as unknown as [Tensor];
    close(a as unknown as Tensor, first);
    close(b as Tensor, x);
    close(c as Tensor, net(x));
  });

  test("what is not there is named with what is near, and stops the trace", async () => {
    await expect(lm.trace(x, () => void lm.get("model.layers.0.mpl.output"))).rejects.toThrow(
      "'model.layers.0' (Block) has no 'mpl'. Did you mean 'mlp'?",
    );
    expect(() => lm.get("model.layers.7")).toThrow("model.layers has 2 modules: there is no [7]");
    expect(() => lm.get("model.output")).toThrow("model.output is read outside a trace");
    await expect(lm.trace(x, () => void lm.get("model.output.9"))).rejects.toThrow(
      "index 9 is out of bounds",
    );
  });
});

describe("names that clash", () => {
  class Layer extends nn.Module {
    output = new nn.Linear(2, 2);
    path = new nn.Linear(2, 2);
    forward(y: Tensor): Tensor {
      return this.output(this.path(y)).mul(2);
    }
  }
  class Bert extends nn.Module {
    layer = new nn.ModuleList([new Layer(), new Layer()]);
    trace = new nn.Linear(2, 2);
    forward(y: Tensor): Tensor {
      return this.trace(this.layer[1]!(this.layer[0]!(y)));
    }
  }
  const bert = new Bert();

  test("7-205: the submodule keeps its name, nnsight's own moves, and one warning says so", async () => {
    const lm = new NNsight(bert);
    expect(warnings.mock.calls).toEqual([
      [
        "Warning: some modules have a submodule or parameter with a name of nnsight's. It keeps the name, and nnsight's own moves: " +
          "'trace' (in the root; use 'nnsTrace' there), 'output' (in layer.0 and 1 more; use 'nnsOutput' there), " +
          "'path' (in layer.0 and 1 more; use 'nnsPath' there).",
      ],
    ]);
    const layer = lm.layer[0]!;
    expect([layer.nnsPath, layer.output.path, lm.trace.path]).toEqual(["layer.0", "layer.0.output", "trace"]);
    expect(["nnsOutput" in layer, "nnsOutput" in lm, "nnsInput" in layer]).toEqual([true, false, false]);
    const { whole, part, last } = await lm.nnsTrace(x, () => {
      const part = layer.output.output.clone();
      const whole = layer.nnsOutput;
      lm.layer[1]!.nnsOutput = x;
      return { whole, part, last: lm.output };
    });
    expect(whole.toArray()).toEqual(part.mul(2).toArray());
    close(last, bert.trace(x));
    expect(lm.get("layer.0.nnsPath")).toBe("layer.0");
    expect(() => layer.nnsOutput).toThrow("layer.0.nnsOutput is read outside a trace");
    expect(lm.namedModules().map(([path]) => path)).toContain("layer.1.output");
  });

  test("a value cannot take the place of a submodule, nor a submodule one of nnsight's names", async () => {
    const lm = new NNsight(bert);
    await expect(
      lm.nnsTrace(x, () => {
        (lm.layer[0] as unknown as { output: Tensor }).output = x;
      }),
    ).rejects.toThrow("only a module can take its place. Its value in a trace is 'nnsOutput'.");
    expect(() => lm.attach("input", new nn.Linear(2, 2))).toThrow("'input' is a name of nnsight's own");
  });
});
