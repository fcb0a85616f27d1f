/** ONNX files that hold graphs and functions of their own (goldens/onnx_control.py). */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, NodeProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { golden, scratchFolder } from "../../../goldens/files.ts";
import { NNsight, type Tensor } from "../../index.ts";
import type { AnyModel } from "../nnsight.ts";

type Values = Readonly<Record<string, readonly number[]>>;
interface Golden {
  readonly ids: number[][];
  readonly plain: Values;
  readonly next: { readonly past: Readonly<Record<string, number[][][][]>>; readonly values: Values };
  readonly functions: { readonly input: number[][]; readonly values: Values };
  readonly loops: readonly { readonly input: number[][][]; readonly values: Values }[];
}
const reference: Golden = JSON.parse(readFileSync(golden("onnx/control.json"), "utf8"));

/** Compares what modules give, by their paths; "" is the model, or the first of its results. */
async function compare(net: AnyModel, input: unknown, expected: Values): Promise<void> {
  const paths = Object.keys(expected);
  const made = (await net.trace(input, () =>
    paths.map((path) => {
      if (path && !net.namedModules().some(([name]) => name === path)) return net.output[path];
      const { output } = path ? net.get(path) : net;
      return Array.isArray(output) ? output[0] : (output.logits ?? output);
    }),
  )) as unknown as Tensor[];
  for (const [i, path] of paths.entries()) {
    const values = made[i]!.flatten().toArray() as number[];
    expect(values.length, path).toBe(expected[path]!.length);
    const far = values.map((x, k) => Math.abs(x - expected[path]![k]!));
    expect(Math.max(...far), path).toBeLessThan(2e-6);
  }
}

describe("a merged decoder", () => {
  test("runs without what came before: every module inside of the branch", async () => {
    const net = await NNsight.load(golden("onnx/merged.onnx"));
    await compare(net, reference.ids, reference.plain);
    expect(String(net)).not.toContain("If(");
    const [kept, zeroed] = await net.trace((tracer) => [
      tracer.invoke([reference.ids[0]], () => net.output.logits),
      tracer.invoke([reference.ids[1]], () => {
        net["layers"][0].attn.output[0].fill(0);
        return net.output.logits;
      }),
    ]);
    const [own, other] = [reference.plain[""]!.slice(0, 60), reference.plain[""]!.slice(60)];
    expect((kept as Tensor).flatten().toArray()).toEqual(own.map((x) => expect.closeTo(x, 5)));
    expect((zeroed as Tensor).flatten().toArray()).not.toEqual(other.map((x) => expect.closeTo(x, 2)));
  });

  test.each([
    ["merged.onnx", { use_cache_branch: true }],
    ["past.onnx", {}],
  ] as const)("%s with a past, empty or given", async (file, fixed) => {
    const net = await NNsight.load(golden(`onnx/${file}`), { fixed });
    await compare(net, reference.ids, reference.plain);
    const last = reference.ids.map((row) => row.slice(-1));
    await compare(net, { input_ids: last, ...reference.next.past }, reference.next.values);
  });
});

test("functions of a file are written out: modules by the weights that they are given", async () => {
  const net = await NNsight.load(golden("onnx/functions.onnx"));
  const { input, values } = reference.functions;
  await compare(net, input, values);
  expect(net.namedModules().map(([path]) => path)).toEqual(
    expect.arrayContaining(["blocks.0", "blocks.1.up", "blocks.1.down"]),
  );
});

describe("loops, and branches that only a run decides", () => {
  test.each(reference.loops.map((one, i) => [i, one] as const))(
    "their outputs are read, branch %i",
    async (_, { input, values }) => {
      const net = await NNsight.load(golden("onnx/loops.onnx"));
      await compare(net, input, values);
    },
  );

  test("they say so in the tree, and their outputs are changed", async () => {
    const net = await NNsight.load(golden("onnx/loops.onnx"));
    expect(String(net)).toMatchInlineSnapshot(`
      "OnnxModel(
        (a): Module()
        (Loop_18): Loop(its outputs can be read, its inside cannot)
        (b): Module()
        (sum): Module(
          (Scan): Scan(its outputs can be read, its inside cannot)
        )
        (choice): Module(
          (If): If(its outputs can be read, its inside cannot)
        )
      )"
    `);
    const { input } = reference.loops[0]!;
    const [read, written] = await net.trace(input, () => {
      const { output } = net["Loop_18"];
      output.fill(0);
      return [net["b"].input, net["b"].output] as [Tensor, Tensor];
    });
    expect(read.abs().max().item()).toBe(0);
    const bias = net["b"].bias as Tensor;
    expect(written.sub(bias).abs().max().item()).toBe(0);
  });
});

test("what has a loop in it is exported and read again", async () => {
  const net = await NNsight.load(golden("onnx/loops.onnx"));
  const path = join(scratchFolder(), "again.onnx");
  await net.export(path);
  const { input, values } = reference.loops[1]!;
  await compare(await NNsight.load(path), input, { "": values[""]! });
});

/** A copy of a golden with something changed. */
function changed(file: string, change: (model: ModelProto) => void): string {
  const model = fromBinary(ModelProtoSchema, readFileSync(golden(`onnx/${file}`)));
  change(model);
  const path = join(scratchFolder(), file);
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  return path;
}

test("a condition that is constant by a long way round, and names that both branches have", async () => {
  const path = changed("merged.onnx", ({ graph }) => {
    const [node] = graph!.node;
    node!.input = ["same"];
    graph!.node.unshift(
      create(NodeProtoSchema, { opType: "Not", input: ["use_cache_branch"], output: ["turned"] }),
      create(NodeProtoSchema, { opType: "Not", input: ["turned"], output: ["again"] }),
      create(NodeProtoSchema, { opType: "Identity", input: ["again"], output: ["same"] }),
    );
  });
  await compare(await NNsight.load(path), reference.ids, reference.plain);
});

test.each<[string, string, (model: ModelProto) => void]>([
  [
    "maximum recursion depth",
    "loops.onnx",
    ({ graph }) => {
      const inner = graph!.node.find(({ opType }) => opType === "If")!;
      let node = inner;
      for (let i = 0; i < 60; i++) {
        const g = { ...inner.attribute[0]!.g!, node: [node] };
        node = { ...inner, attribute: [{ ...inner.attribute[0]!, g }, inner.attribute[1]!] };
      }
      graph!.node.push(node);
    },
  ],
  [
    "its function 'Linear' calls itself",
    "functions.onnx",
    ({ functions }) => void (functions[0]!.node[1] = { ...functions[2]!.node[1]! }),
  ],
  [
    "it has more than 50000 nodes",
    "functions.onnx",
    ({ functions }) => {
      // Each calls the one before ten times, as a zip bomb of text does.
      const leaky = functions[1]!;
      const calls = (opType: string) =>
        Array.from({ length: 10 }, () =>
          create(NodeProtoSchema, { opType, domain: leaky.domain, input: ["x"], output: ["y"] }),
        );
      for (let i = 0; i < 9; i++)
        functions.push({ ...leaky, name: `laugh${i}`, node: i ? calls(`laugh${i - 1}`) : leaky.node });
      functions[1] = { ...leaky, node: calls("laugh8") };
    },
  ],
])("%s", async (words, file, change) => {
  await expect(NNsight.load(changed(file, change))).rejects.toThrow(words);
});
