import { expect, test } from "vitest";
import { NNsight, nn, ops, show, type Tensor } from "../../index.ts";
import type { FlowPayload } from "../flow/payload.ts";
import type { ModulesPayload } from "../modules/payload.ts";
import type { Shown } from "./shown.ts";

class Block extends nn.Module {
  norm = new nn.RMSNorm(4);
  mlp = new nn.Linear(4, 4);
  forward(x: Tensor): Tensor {
    return x.add(this.mlp(this.norm(x)).mean(-1, { keepdim: true }));
  }
}

class Net extends nn.Module {
  embed = new nn.Linear(3, 4);
  layers = new nn.ModuleList(Array.from({ length: 6 }, () => new Block()));
  head = new nn.Linear(4, 2);
  forward(x: Tensor): Tensor {
    let hidden = this.embed(x);
    for (const layer of this.layers) hidden = layer(hidden);
    return this.head(hidden);
  }
}

const net = new NNsight(new Net());
const bundleOf = (picture: Shown) =>
  (picture as unknown as Record<symbol, () => Record<string, unknown>>)[Symbol.for("Jupyter.display")]!();
const flow = (module: object) =>
  bundleOf(show.graph(module))["application/vnd.nnsight.flow.v1+json"] as FlowPayload;
const written = ({ bodies }: FlowPayload, body: number) => {
  const { steps, edges } = bodies[body]!;
  return {
    steps: steps.map(({ kind, label, detail = "" }) => `${kind} ${label} ${detail}`.trim()),
    edges: edges.map(([from, to]) => `${steps[from]!.label} > ${steps[to]!.label}`),
  };
};

test("a model as calls, modules that are alike as one group, each form once", async () => {
  await net.trace(ops.ones([2, 3]), () => net.output);
  const payload = flow(net);
  expect(written(payload, payload.root)).toEqual({
    steps: [
      "input input",
      "call embed Linear",
      "group layers.0–5 6 × Block",
      "call head Linear",
      "output output",
    ],
    edges: ["input > embed", "embed > layers.0–5", "layers.0–5 > head", "head > output"],
  });
  const { steps } = payload.bodies[payload.root]!;
  const group = payload.bodies[steps[2]!.body!]!;
  expect(group.steps.map(({ label }) => label)).toEqual([
    ...["embed", "layers.0", "layers.1", "layers.2", "layers.3", "layers.4", "layers.5", "output"],
  ]);
  expect(new Set(group.steps.slice(1, 7).map(({ body }) => body)).size).toBe(1);
  expect(payload.bodies[payload.root]!.size).toBe(6 * payload.bodies[group.steps[1]!.body!]!.size + 4);
});

test("a module as the ONNX operators that it becomes, weights and numbers beside them", async () => {
  await net.trace(ops.ones([2, 3]), () => net.output);
  const payload = flow(net.layers[2]!);
  expect(payload.name).toBe("layers.2");
  expect(written(payload, payload.root)).toEqual({
    steps: [
      "input input",
      "call norm RMSNorm",
      "call mlp Linear",
      "operator ReduceMean",
      "operator Add",
      "output output",
    ],
    edges: [
      "input > norm",
      "norm > mlp",
      "mlp > ReduceMean",
      "input > Add",
      "ReduceMean > Add",
      "Add > output",
    ],
  });
  const linear = payload.bodies[payload.bodies[payload.root]!.steps[2]!.body!]!;
  expect(linear.steps.map(({ label, detail = "" }) => `${label} ${detail}`.trim()).join(", ")).toContain(
    "weight 4×4",
  );
  expect(payload.bodies[payload.root]!.steps[3]!.type).toBe("float32[batch, 1]");
});

test("the modules of a model: runs, shapes, parameters; the picture is a file of text", async () => {
  await net.trace(ops.ones([2, 3]), () => net.output);
  const bundle = bundleOf(show.model(net));
  const { root, name } = bundle["application/vnd.nnsight.modules.v1+json"] as ModulesPayload;
  expect(name).toBe("NNsight");
  expect(root.parameters).toBe(3 * 4 + 4 + 6 * (4 + 16 + 4) + 8 + 2);
  const [embed, layers] = root.children!;
  expect(embed).toMatchObject({
    name: "embed",
    takes: "float32[batch, 3]",
    gives: "float32[batch, 4]",
    bytes: 64,
  });
  expect(layers!.children).toMatchObject([{ name: "0", last: "5", times: 6, kind: "Block", parameters: 24 }]);
  expect(embed!.weights).toEqual([
    { name: "weight", dtype: "float32", shape: [4, 3] },
    { name: "bias", dtype: "float32", shape: [4] },
  ]);
  expect(bundle["image/svg+xml"]).toContain("0–5 ×6");
  expect(bundle["text/plain"]).toBe(String(net));
});

test("what is no module is refused, and so is one whose inputs are not known yet", () => {
  expect(() => show.model({})).toThrow(
    "show.model() shows a model or a module of one, such as lm or lm.model.layers[0].",
  );
  class Open extends nn.Module {
    forward(x: Tensor): Tensor {
      return x.add(1);
    }
  }
  expect(() => show.graph(new NNsight(new Open()))).toThrow(
    "the types of the model's inputs are not known yet",
  );
});

test("a model or a module alone in a cell is drawn as its tree, with the text that it prints", () => {
  for (const module of [net, net.layers[1]!]) {
    const alone = bundleOf(module as unknown as Shown);
    const shown = bundleOf(show.model(module));
    const type = "application/vnd.nnsight.modules.v1+json";
    expect((alone[type] as ModulesPayload).root).toEqual((shown[type] as ModulesPayload).root);
    expect(alone["image/svg+xml"]).toBe(shown["image/svg+xml"]);
    expect(alone["text/plain"]).toBe(`${module}`);
  }
});
