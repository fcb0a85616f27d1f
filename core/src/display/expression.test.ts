/** What a picture says of its tensor: names of axes, the path, the TypeScript that reads it. */
import { expect, test } from "vitest";
import { LanguageModel, NNsight, nn, ops, type Tensor, tensor } from "../index.ts";
import { labelsOf } from "./labels.ts";

/** The names of a notebook's cells. */
const cells: Record<string, object> = {};
Object.assign(globalThis, {
  [Symbol.for("nnsight.names")]: (isSought: (value: object) => boolean) =>
    Object.keys(cells).find((name) => isSought(cells[name]!)),
});

const lm = LanguageModel.random({
  ...{ model_type: "llama", vocab_size: 16, hidden_size: 8, intermediate_size: 8, num_hidden_layers: 3 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, initializer_range: 0.1 },
}) as unknown as LanguageModel;
const said = (x: Tensor): unknown => {
  const { axes, expression, name } = labelsOf(x);
  return [name, expression, axes?.join(" ")];
};

test("values of a model by its name in the notebook, by `model` or nothing elsewhere", async () => {
  const read = () =>
    lm.trace([1, 2, 3], () => [
      lm.model.layers[2]!.output[0],
      lm.layers[1]!.attn.pattern,
      lm.layers[1]!.attn.q.at(0, -1),
      ops.stack([0, 1, 2].map((i) => lm.model.layers[i]!.output[0].mul(2)) as Tensor[], 0),
      ops.stack(
        [0, 1, 2].map((i) => lm.layers[i]!.attn.scores),
        1,
      ),
    ]) as unknown as Promise<Tensor[]>;
  const [out, pattern, query, stream, scores] = await read();
  const [logits, head] = await lm.trace([1, 2, 3], () => [lm.output.logits, lm.lm_head.output]);
  expect(said(out!)).toEqual([
    "model.layers.2.output[0]",
    "model.layers[2].output[0]",
    "batch position feature",
  ]);
  cells.lm = lm;
  cells.all = stream!;
  expect(said(out!)).toEqual([
    "model.layers.2.output[0]",
    "lm.model.layers[2].output[0]",
    "batch position feature",
  ]);
  expect(said(pattern!)).toEqual([
    "model.layers.1.self_attn.hook_pattern",
    "lm.model.layers[1].self_attn.hook_pattern",
    "batch head query key",
  ]);
  expect(said(query!)).toEqual([
    "model.layers.1.self_attn.hook_q.at(0, -1)",
    "lm.model.layers[1].self_attn.hook_q.at(0, -1)",
    " ",
  ]);
  for (const one of [logits!, head!]) expect(labelsOf(one).axes).toEqual(["batch", "position", "token"]);
  expect(said(stream!)).toEqual(["all", "all", "layer batch position feature"]);
  expect(said(scores!)).toEqual([undefined, undefined, "batch layer head query key"]);
  expect(labelsOf(scores!).tokens).toBeUndefined();
});

test("parameters, copies by edit, names that are no identifiers", async () => {
  const net = new NNsight(new nn.Sequential({ "up proj": new nn.Linear(2, 2), act: new nn.GELU() }));
  const weight = net.get("up proj").weight as Tensor;
  expect(said(weight)).toEqual(["up proj.weight", 'model["up proj"].weight', undefined]);
  const edited = (await net.edit(() => undefined)) as typeof net;
  Object.assign(cells, { edited, net });
  const [out, other] = [
    await edited.trace(tensor([[1, 2]]), () => edited.get("act").output),
    await net.trace(tensor([[1, 2]]), () => net.output),
  ];
  expect(labelsOf(out as Tensor).expression).toBe("edited.act.output");
  expect(labelsOf(other as Tensor).expression).toBe("net.output");
  expect(labelsOf(weight).expression).toBe('net["up proj"].weight');
});
