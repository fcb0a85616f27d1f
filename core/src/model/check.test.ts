/** What `check` finds: models of every kind hold, and one that does not is told. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, NodeProtoSchema } from "onnx-buf";
import { afterEach, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { LanguageModel, manualSeed, NNsight, nn, saveTensors, type Tensor, tensor } from "../index.ts";

afterEach(() => void vi.restoreAllMocks());

const { configs } = JSON.parse(readFileSync(golden("architectures.json"), "utf8"));
const outcomes = ({ checks }: { checks: readonly { name: string; passed: boolean | undefined }[] }) =>
  Object.fromEntries(checks.map(({ name, passed }) => [name, passed]));
const all = { hooks: true, edits: true, attention: true, batches: true };

test.each(["gemma3", "t5", "vit"])("%s holds", async (name) => {
  const lm = LanguageModel.random(configs[name]);
  const report = await lm.check();
  expect(outcomes(report), String(report)).toEqual(all);
  expect(report.passed).toBe(true);
});

test("files: rows of attention are found by their softmax", async () => {
  const net = await NNsight.load(golden("onnx/dynamo.onnx"), { check: false });
  const report = await net.check();
  expect(outcomes(report), String(report)).toEqual(all);
  expect(String(report)).toContain("rows of 2 layers sum to 1");
});

test("a language model's files are tried when that is asked for, and its weights counted always", async () => {
  const folder = scratchFolder();
  const config = { ...configs.llama, num_hidden_layers: 2 };
  const whole = (LanguageModel.random(config, { seed: 1 }) as unknown as nn.Module).stateDict();
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const write = (state: Record<string, Tensor>) => saveTensors(join(folder, "model.safetensors"), state);
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  await write(whole);
  await LanguageModel.load(folder, { check: true });
  expect(warn).not.toHaveBeenCalled();
  await write({ ...whole, "model.layers.0.self_attn.q_norm.weight": tensor([1]) });
  await LanguageModel.load(folder);
  expect(warn.mock.calls[0]![0]).toContain(
    "has 1 weights in its layers that a 'llama' model has no place for, such as 'model.layers.0.self_attn.q_norm.weight'",
  );
  await write(Object.fromEntries(Object.entries(whole).map(([name, one]) => [name, one.mul(0)])));
  await expect(LanguageModel.load(folder, { check: true })).rejects.toThrow(/edits: FAILS/);
});

test("a model of one's own, which says what it takes or is given an input", async () => {
  class Net extends nn.Module {
    first = new nn.Linear(3, 4);
    unused = new nn.Linear(3, 4);
    forward(x: Tensor): Tensor {
      return this.first(x).relu();
    }
  }
  manualSeed(1);
  const net = new NNsight(new Net());
  expect(String(await net.check())).toMatchInlineSnapshot(
    `"run: not tried. linear of float32[batch, 4] with weight float32[4, 3]: the last size of x must be weight's last [in first, Linear] Give \`check\` an input."`,
  );
  const report = await net.check([[1, 2, 3]]);
  expect(outcomes(report)).toEqual({ ...all, attention: undefined });
  expect(String(report)).toContain("1 modules with weights are not called for this input, such as 'unused'");
});

test("a block whose output reaches nothing is found", async () => {
  class Net extends nn.Module {
    blocks = new nn.ModuleList([new nn.Linear(3, 3), new nn.Linear(3, 3)]);
    forward(x: Tensor): Tensor {
      this.blocks[1]!(x);
      return this.blocks[0]!(x);
    }
  }
  const report = await new NNsight(new Net()).check([[1, 2, 3]]);
  expect(report.passed).toBe(false);
  expect(report.checks.find(({ name }) => name === "edits")!.detail).toMatchInlineSnapshot(
    `"the output of 'blocks.1' was set to zero, and nothing changed."`,
  );
});

/** The older exporter's golden, its result multiplied with zero. */
function deaf(): string {
  const model: ModelProto = fromBinary(ModelProtoSchema, readFileSync(golden("onnx/older.onnx")));
  const { node, output } = model.graph!;
  const [logits] = output;
  const last = node.find((one) => one.output.includes(logits!.name))!;
  last.output = ["before"];
  node.push(create(NodeProtoSchema, { opType: "Sub", input: ["before", "before"], output: [logits!.name] }));
  const path = join(scratchFolder(), "deaf.onnx");
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  return path;
}

test("a file in which no change reaches the result is not loaded, unless it is asked for", async () => {
  const path = deaf();
  await expect(NNsight.load(path)).rejects.toThrow(/edits: FAILS.*Load it with \{ check: false \}/s);
  const net = await NNsight.load(path, { check: false });
  expect((await net.check()).passed).toBe(false);
});
