/** Graphs survive the way to bytes and back, and ONNX Runtime reads them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { dtypes, filled, shapes } from "../ops/samples/tensors.test.ts";
import type { Attribute } from "../ops/spec.ts";
import { GraphBuilder } from "./builder.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import type { Graph, Initializer, OnnxNode, ValueInfo } from "./graph.ts";
import { printGraph } from "./print.ts";

const name = fc.string({ unit: "grapheme", maxLength: 8 });

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.maxSafeInteger(),
  name,
  fc.array(fc.maxSafeInteger()),
  fc.float({ noNaN: true }).map((float) => ({ float })),
);

const node: fc.Arbitrary<OnnxNode> = fc.record(
  {
    operator: name,
    domain: fc.constantFrom("", "com.microsoft"),
    inputs: fc.array(name),
    outputs: fc.array(name),
    attributes: fc.dictionary(fc.stringMatching(/^[a-z]+$/), attribute),
  },
  { noNullPrototype: true },
);

const info: fc.Arbitrary<ValueInfo> = fc.record({
  name,
  dtype: dtypes,
  shape: fc.array(fc.oneof(fc.nat(), fc.stringMatching(/^[a-z]+$/), fc.constant(null))),
});

const initializer: fc.Arbitrary<Initializer> = fc
  .tuple(name, dtypes, shapes(0, 3))
  .chain(([stem, dtype, shape]) => filled(dtype, shape).map((value) => ({ name: stem, value })));

const graphs: fc.Arbitrary<Graph> = fc.record({
  inputs: fc.array(info),
  outputs: fc.array(info),
  nodes: fc.array(node),
  initializers: fc.array(initializer),
});

test("a graph is the same after bytes", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      expect(decode(encode(graph))).toEqual({
        ...graph,
        nodes: graph.nodes.map((one) => ({ ...one, attributes: { ...one.attributes } })),
      });
    }),
  );
});

test("a weight with a source stays in its file", async () => {
  const folder = scratchFolder();
  const path = join(folder, "weights.bin");
  writeFileSync(path, new Uint8Array(Float32Array.of(9, 9, 1, 2, 3, 4).buffer));
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", ["batch", 2]);
  const source = { path, offset: 8, length: 16 };
  const weight = builder.weight("w", {
    dtype: "float32",
    shape: [2, 2],
    source,
    get data(): Float32Array {
      throw new Error("read");
    },
  });
  builder.output(builder.node("FusedMatMul", [x, weight], { transB: 1 }, "com.microsoft"), "float32", [
    "batch",
    2,
  ]);
  const graph = builder.graph();
  const bytes = encode(graph);
  expect(decode(bytes, folder).initializers[0]!.value.source).toEqual(source);
  expect(printGraph(graph).replace(folder, "")).toMatchInlineSnapshot(`
    "input x float32[batch, 2]
    w = float32[2, 2] of /weights.bin at 8
    FusedMatMul = com.microsoft.FusedMatMul(x, w, transB: 1)
    output FusedMatMul float32[batch, 2]"
  `);
  const session = await ort.InferenceSession.create(bytes, {
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  const out = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 10), [1, 2]) });
  expect(Array.from(out.FusedMatMul!.data as Float32Array)).toEqual([21, 43]);
});

test("a builder shares equal constants and names each value once", () => {
  const builder = new GraphBuilder();
  expect([builder.ints([1]), builder.ints([1]), builder.ints([2])]).toEqual([
    "constant",
    "constant",
    "constant_1",
  ]);
  builder.input("Add_1", "float32", []);
  expect([builder.node("Add", []), builder.node("Add", []), builder.node("Add", [])]).toEqual([
    "Add",
    "Add_2",
    "Add_3",
  ]);
});
