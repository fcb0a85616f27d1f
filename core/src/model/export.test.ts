/** Exported models: Python's onnxruntime gave the numbers (goldens/exported.py), and any ONNX Runtime runs the file. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { exportEdited } from "../../goldens/exported.ts";
import { golden, scratchFolder } from "../../goldens/files.ts";
import * as nnsight from "../index.ts";
import { LanguageModel, NNsight, nn, ops, type Tensor, tensor } from "../index.ts";

interface Golden {
  readonly inputs: Readonly<Record<string, number[][]>>;
  readonly outputs: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

const ids = (rows: number[][]): ort.Tensor =>
  new ort.Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);

test("edits and chosen values are in the file, and it gives what Python's runtime gives", async () => {
  const path = join(scratchFolder(), "edited.onnx");
  const { edited, written } = await exportEdited(nnsight, path);
  expect(written).toEqual({
    path,
    inputs: ["input_ids", "position_ids", "attention_mask"],
    outputs: ["logits", "pattern", "middle"],
  });
  const { inputs, outputs } = JSON.parse(readFileSync(golden("exported.json"), "utf8")) as Golden;
  const session = await ort.InferenceSession.create(path);
  const made = await session.run(Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, ids(v)])));
  for (const [name, { shape, data }] of Object.entries(outputs)) {
    expect(made[name]!.dims, name).toEqual(shape);
    expect(distance(made[name]!.data as Float32Array, data), name).toBeLessThan(1e-5);
  }
  // The same by a trace of the edited model, of which the file is a copy: the second row has no padding.
  const middle = await edited.trace(inputs["input_ids"]![1]!, () => edited.layers[1]!.output[0]!.mul(2));
  const rows = outputs["middle"]!.data.slice(-middle.size);
  expect(distance(middle.data as Float32Array, rows)).toBeLessThan(1e-5);
});

test("the modules of an exported model are there when it is loaded again", async () => {
  const path = join(scratchFolder(), "again.onnx");
  const { edited } = await exportEdited(nnsight, path);
  const again = await NNsight.load(path);
  const prompt = [5, 96, 11];
  const [theirs, own] = [
    await again.trace([prompt], () => again.get("model.layers.0.self_attn.q_proj").output),
    await edited.trace(
      prompt,
      () => (edited.get("model.layers.0.self_attn.q_proj") as { output: Tensor }).output,
    ),
  ];
  expect(theirs.sub(own).abs().max().item()).toBeLessThan(1e-5);
});

test("a module of one's own, with its values as they are now, for any batch", async () => {
  const net = new nn.Sequential({ first: new nn.Linear(3, 4), second: new nn.Linear(4, 2) });
  const model = new NNsight(net);
  const path = join(scratchFolder(), "own.onnx");
  const written = await model.export(path, () => {
    model.first.output = model.first.output.add(tensor([1, 2, 3, 4]));
    return model.first.output.relu();
  });
  expect([written.inputs, written.outputs]).toEqual([["input"], ["output", "saved"]]);
  const x = ops.rand(5, 3);
  const made = await (await ort.InferenceSession.create(path)).run({
    input: new ort.Tensor("float32", x.data as Float32Array, [5, 3]),
  });
  const first = (net.first(x) as Tensor).add(tensor([1, 2, 3, 4]));
  expect(distance(made["saved"]!.data as Float32Array, first.relu().data as Float32Array)).toBeLessThan(1e-5);
  const second = net.second(first) as Tensor;
  expect(distance(made["output"]!.data as Float32Array, second.data as Float32Array)).toBeLessThan(1e-5);
});

test("large weights lie beside the file", async () => {
  const model = new NNsight(new nn.Sequential({ wide: new nn.Linear(4096, 4100, { init: "empty" }) }));
  const folder = scratchFolder();
  const written = await model.export(join(folder, "wide.onnx"));
  expect(written.data).toBe("wide.onnx.data");
  expect(readdirSync(folder).sort()).toEqual(["wide.onnx", "wide.onnx.data"]);
  expect(statSync(join(folder, "wide.onnx")).size).toBeLessThan(20_000);
  expect((await ort.InferenceSession.create(written.path)).outputNames).toEqual(["output"]);
});

test("what a file cannot hold is refused, with the line, and nothing is written", async () => {
  const folder = scratchFolder();
  const lm = LanguageModel.random({ model_type: "gpt2", n_embd: 8, n_head: 2, n_layer: 1, vocab_size: 20 });
  const logging = lm.export(join(folder, "x.onnx"), () => {
    nnsight.log(lm.transformer.h[0]!.output[0]!);
    return {};
  });
  await expect(logging).rejects.toThrow(/a model file holds ops alone, and 'effect' at .*export.test.ts/);
  const list = lm.export(join(folder, "x.onnx"), () => [lm.transformer.h[0]!.output[0]!]);
  await expect(list).rejects.toThrow("gives its outputs names");
  const wrong = lm.export(join(folder, "x.onnx"), () => ({ logits: lm.transformer.h[0]!.output[0]! }));
  await expect(wrong).rejects.toThrow("'logits' is the name of an output already");
  expect(readdirSync(folder)).toEqual([]);
});
