/** ONNX files by PyTorch's exporters (goldens/onnx_files.py): the tree, what each module gives, and files that are refused. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";
import { beforeAll, describe, expect, test } from "vitest";
import { golden, scratchFolder } from "../../../goldens/files.ts";
import { distance } from "../../../goldens/small.ts";
import { loadTensors, NNsight, type Tensor, tensor } from "../../index.ts";
import type { AnyModel } from "../nnsight.ts";

const IDS = tensor([
  [3n, 1n, 4n, 1n, 5n],
  [9n, 2n, 6n, 5n, 3n],
]);

/** What every module of the golden gives in the file. */
async function differences(
  net: AnyModel,
  input: unknown,
  expected: Readonly<Record<string, Tensor>>,
  at: (path: string) => string,
): Promise<readonly (readonly [string, number])[]> {
  const paths = Object.keys(expected);
  const made = (await net.trace(input, () =>
    paths.map((path) => {
      const { output } = path.startsWith("=") ? net : net.get(at(path));
      return Array.isArray(output) ? output[0] : output;
    }),
  )) as unknown as Tensor[];
  return paths.map((path, i) => [path, distance(made[i]!, expected[path]!)] as const);
}

describe.each(["dynamo.onnx", "older.onnx"])("%s", (file) => {
  let net: AnyModel;
  let expected: Record<string, Tensor>;

  beforeAll(async () => {
    net = await NNsight.load(golden(`onnx/${file}`));
    expected = await loadTensors(golden("onnx/small.safetensors"));
  });

  test("every module is there and gives what it gives in PyTorch", async () => {
    for (const [path, difference] of await differences(net, IDS, expected, (path) => path))
      expect(difference, path).toBeLessThan(5e-6);
  });

  test("rows, writes, and a module called once more", async () => {
    const [row, cut, again] = await net.trace((tracer) => {
      const row = tracer.invoke([[3n, 1n, 4n, 1n, 5n]], () => net["blocks"][0].output);
      const cut = tracer.invoke([[9n, 2n, 6n, 5n, 3n]], () => {
        net["blocks"][1].attn.output.fill(0);
        return net.output;
      });
      const again = tracer.invoke([[9n, 2n, 6n, 5n, 3n]], () => net["head"](net["norm"].output));
      return [row, cut, again] as [Tensor, Tensor, Tensor];
    });
    expect(distance(row, expected["blocks.0"]!.at("0:1"))).toBeLessThan(5e-6);
    expect(distance(cut, expected["="]!.at("1:2"))).toBeGreaterThan(1e-3);
    expect(distance(again, expected["="]!.at("1:2"))).toBeLessThan(5e-6);
  });

  test("parameters can be read and set", async () => {
    const own = await NNsight.load(golden(`onnx/${file}`));
    const { weight } = own["embed"];
    expect(weight.shape).toEqual([10, 8]);
    own["embed"].weight = weight.mul(0);
    expect((await own.trace(IDS, () => own["embed"].output.abs().max())).item()).toBe(0);
  });
});

test("GPT-2 by the dynamo exporter: Hugging Face's modules below the wrapper's own name", async () => {
  const net = await NNsight.load(golden("onnx/gpt2.onnx"));
  const {
    short: _,
    "=logits": logits,
    ...modules
  } = await loadTensors(golden("architectures/gpt2.safetensors"));
  const { long } = JSON.parse(readFileSync(golden("architectures.json"), "utf8"));
  const there = new Set(net.namedModules().map(([path]) => path));
  const kept = Object.fromEntries(Object.entries(modules).filter(([path]) => there.has(`model.${path}`)));
  expect(Object.keys(kept)).toEqual(
    expect.arrayContaining(["transformer.h.1.attn", "transformer.h.0.mlp.c_fc", "lm_head"]),
  );
  const found = await differences(
    net,
    { input_ids: [long] },
    { ...kept, "=": logits! },
    (path) => `model.${path}`,
  );
  for (const [path, difference] of found) expect(difference, path).toBeLessThan(5e-5);
  expect(String(net)).toContain("GPT2Block(");
});

/** A copy of a golden with something changed. */
function changed(change: (model: ModelProto) => void, file = "older.onnx"): string {
  const model = fromBinary(ModelProtoSchema, readFileSync(golden(`onnx/${file}`)));
  change(model);
  const path = join(scratchFolder(), file);
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  return path;
}

const location = (model: ModelProto, place: string): void => {
  for (const { externalData } of model.graph!.initializer)
    for (const entry of externalData) if (entry.key === "location") entry.value = place;
};

test.each([
  ["../secret", "outside its folder"],
  ["/etc/passwd", "outside its folder"],
  ["missing.data", "are not there: fetch that file, too"],
  ["link.data", "a link that leads outside its folder"],
])("weights in %s are refused", async (place, words) => {
  const path = changed((model) => location(model, place), "dynamo.onnx");
  symlinkSync(golden("onnx/dynamo.onnx.data"), join(path, "..", "link.data"));
  await expect(NNsight.load(path)).rejects.toThrow(words);
});

test("weights behind links in one folder, as in Hugging Face's cache", async () => {
  const folder = scratchFolder();
  for (const name of ["blobs", "snapshot"]) mkdirSync(join(folder, name));
  for (const name of ["dynamo.onnx", "dynamo.onnx.data"]) {
    copyFileSync(golden(`onnx/${name}`), join(folder, "blobs", `b.${name.length}`));
    symlinkSync(join("..", "blobs", `b.${name.length}`), join(folder, "snapshot", name));
  }
  const net = await NNsight.load(join(folder, "snapshot", "dynamo.onnx"));
  const expected = await loadTensors(golden("onnx/small.safetensors"));
  expect(distance((await net.trace(IDS, () => net.output)) as Tensor, expected["="]!)).toBeLessThan(5e-6);
});

test.each<[string, (model: ModelProto) => void]>([
  ["opset 9; 13 to 23 are read", ({ opsetImport }) => void (opsetImport[0]!.version = 9n)],
  ["which nothing before it makes", ({ graph }) => void graph!.node.reverse()],
  ["is made twice", ({ graph }) => void graph!.node.push(graph!.node.at(-1)!)],
  ["it has no graph", (model) => void (model.graph!.node = [])],
  ["ONNX Runtime refuses it", ({ graph }) => void (graph!.node.at(-1)!.opType = "NoSuchOperator")],
  ["values where [1000000000000,8] needs", ({ graph }) => void (graph!.initializer[0]!.dims[0] = 10n ** 12n)],
])("a file is refused: %s", async (words, change) => {
  await expect(NNsight.load(changed(change))).rejects.toThrow(words);
});

test("bytes that are cut or changed never get further than an error", async () => {
  const files = ["older", "merged", "functions", "loops"].map((name) =>
    readFileSync(golden(`onnx/${name}.onnx`)),
  );
  const path = join(scratchFolder(), "broken.onnx");
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 80; i++) {
    const bytes = files[i % files.length]!;
    const copy = Buffer.from(bytes.subarray(0, i % 3 ? bytes.length : Math.floor((bytes.length * i) / 80)));
    for (let k = 0; k < 4 && copy.length; k++)
      copy[(i * 7919 + k * 104729) % copy.length]! ^= 1 << ((i + k) % 8);
    writeFileSync(path, copy);
    await NNsight.load(path).catch((error: Error) =>
      expect(error.message).toMatch(/is not a usable ONNX file|does not do what a model must/),
    );
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan(400_000_000);
});

test("inputs that are missing or too many are named", async () => {
  const net = await NNsight.load(golden("onnx/older.onnx"));
  await expect(net.trace({ ids: [[1n]] }, () => net.output)).rejects.toThrow();
  await expect(net.trace({ args: [IDS, IDS] }, () => net.output)).rejects.toThrow(
    "takes 1 inputs (input_ids)",
  );
  await expect(net.trace(tensor([1, 2, 3]), () => net.output)).rejects.toThrow(
    "takes input_ids as int64[batch, position]",
  );
});

describe("files as other tools write them", () => {
  const styles = JSON.parse(readFileSync(golden("onnx/styles.json"), "utf8")) as Record<
    "fused" | "bare",
    Record<string, number[]>
  > & { readonly ids: number[][] };

  test.each(["fused", "bare"] as const)(
    "%s.onnx: Hugging Face's modules, and what they give",
    async (name) => {
      const net = await NNsight.load(golden(`onnx/${name}.onnx`));
      const paths = Object.keys(styles[name]);
      const made = (await net.trace(styles.ids, () =>
        paths.map((path) => [net.get(path).output].flat()[0] as Tensor),
      )) as unknown as Tensor[];
      for (const [i, path] of paths.entries()) {
        const expected = styles[name][path]!;
        const values = made[i]!.flatten().toArray() as number[];
        const far = values.map((x, k) => Math.abs(x - expected[k]!));
        expect(far.length, path).toBe(expected.length);
        // What came out of float16 is rounded to it at every step.
        expect(Math.max(...far), path).toBeLessThan(name === "fused" ? 0.05 : 2e-5);
      }
    },
  );

  test("a product and its bias are one module, and merged weights belong to each", async () => {
    const bare = await NNsight.load(golden("onnx/bare.onnx"));
    const dense = bare.get("bert.encoder.layer.0.intermediate.dense");
    const [taken, zeroed, plain] = await bare.trace((tracer) => {
      const taken = tracer.invoke(styles.ids, () => dense.input as Tensor);
      const zeroed = tracer.invoke(styles.ids, () => {
        dense.output.fill(0);
        return bare.output as Tensor;
      });
      return [taken, zeroed, tracer.invoke(styles.ids, () => bare.output as Tensor)] as Tensor[];
    });
    expect(taken!.shape).toEqual([2, 5, 16]);
    expect(distance(zeroed!, plain!)).toBeGreaterThan(1e-3);
    const fused = await NNsight.load(golden("onnx/fused.onnx"));
    const norms = [0, 1].map(
      (i) => (fused.get(`model.layers.${i}.input_layernorm`) as unknown as { weight: Tensor }).weight,
    );
    expect(distance(norms[0]!, norms[1]!)).toBe(0);
  });
});
