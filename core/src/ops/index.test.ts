/** Indices as users write them: what they name, what they keep, and what is refused. */
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { GraphBuilder, infoShape } from "../onnx/builder.ts";
import { encode } from "../onnx/encode.ts";
import { printGraph } from "../onnx/print.ts";
import { toRuntime } from "../run/values.ts";
import type { Host } from "../tensor/host.ts";
import { type Dim, printDim, type Type } from "../tensor/type.ts";
import type { Index } from "./indices.ts";
import { operand } from "./samples/tensors.test.ts";
import { table } from "./table.ts";

const batch: Dim = { name: "batch" };
const position: Dim = { name: "position" };
const hidden: Type = { dtype: "float32", shape: [batch, position, 8] };
const known: Type = {
  dtype: "float32",
  shape: [{ name: "batch", size: 1 }, { name: "position", size: 14 }, 8],
};

const shapeAt = (type: Type, ...indices: Index[]): string => {
  const { params } = table.getitem.call(operand({} as Host), ...indices);
  return (table.getitem.infer([type], params) as Type).shape.map(printDim).join(" ");
};

test.each<[Index[], string, string]>([
  [[0], "position 8", "position=14 8"],
  [[":", -1], "batch 8", "batch=1 8"],
  [["...", 0], "batch position", "batch=1 position=14"],
  [[":", "1:5"], "batch slice(position) 8", "batch=1 4 8"],
  [[":", "0:14"], "batch slice(position) 8", "batch=1 position=14 8"],
  [[":", "-3:"], "batch slice(position) 8", "batch=1 3 8"],
  [[":", "::2", "1:"], "batch slice(position) 7", "batch=1 7 7"],
  [[null, 0, "..."], "1 position 8", "1 position=14 8"],
  [["0:0"], "slice(batch) position 8", "0 position=14 8"],
])("[%j] keeps the names of what is whole", (indices, open, sized) => {
  expect(shapeAt(hidden, ...indices)).toBe(open);
  expect(shapeAt(known, ...indices)).toBe(sized);
});

describe("refused", () => {
  const errorOf = (...indices: unknown[]): string => {
    try {
      shapeAt(known, ...(indices as Index[]));
      return "nothing";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };

  test("what is no index", () => {
    expect(
      [[1.5], [true], [{}], [[0, 1]], ["1-5"], ["a:b"], ["1:2:3:4"], ["::0"], ["::-1"], [""]].map((one) =>
        errorOf(...one),
      ),
    ).toMatchInlineSnapshot(`
      [
        "TypeError: 1.5 cannot be an index: use a whole number, a slice such as "1:5", ":" or "::2", "...", null, a list or a tensor",
        "TypeError: true cannot be an index: use a whole number, a slice such as "1:5", ":" or "::2", "...", null, a list or a tensor",
        "TypeError: an object cannot be an index: use a whole number, a slice such as "1:5", ":" or "::2", "...", null, a list or a tensor",
        "IndexError: index 1 is out of bounds for dimension 0 with size 1 of float32[batch=1, position=14, 8]",
        "IndexError: "1-5" is no index: a slice is written "1:5", ":", "::2" or "-3:", everything else "..."",
        "IndexError: "a:b" is no index: a slice is written "1:5", ":", "::2" or "-3:", everything else "..."",
        "IndexError: "1:2:3:4" is no index: a slice is written "1:5", ":", "::2" or "-3:", everything else "..."",
        "IndexError: "::0": the step of a slice must be above 0, as in torch",
        "IndexError: "::-1": the step of a slice must be above 0, as in torch",
        "IndexError: "" is no index: a slice is written "1:5", ":", "::2" or "-3:", everything else "..."",
      ]
    `);
  });

  test("what does not fit", () => {
    expect(
      [[1], [0, 14], [0, -15], [0, 0, 0, 0], ["...", "..."]].map((one) => errorOf(...one)),
    ).toMatchInlineSnapshot(`
      [
        "IndexError: index 1 is out of bounds for dimension 0 with size 1 of float32[batch=1, position=14, 8]",
        "IndexError: index 14 is out of bounds for dimension 1 with size 14 of float32[batch=1, position=14, 8]",
        "IndexError: index -15 is out of bounds for dimension 1 with size 14 of float32[batch=1, position=14, 8]",
        "IndexError: too many indices for tensor of dimension 3: [0, 0, 0, 0]",
        "IndexError: ["...", "..."]: "..." may stand there once",
      ]
    `);
  });

  test("a value that does not broadcast", () => {
    const value: Type = { dtype: "float32", shape: [3] };
    const { params } = table.setitem.call(operand({} as Host), 0, ":", 0);
    expect(() => table.setitem.infer([known, value], params)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: float32[3] does not broadcast to [batch=1, 8], the part of float32[batch=1, position=14, 8] at [":", 0]]`,
    );
  });
});

const graphOf = (write: boolean, ...indices: Index[]): GraphBuilder => {
  const builder = new GraphBuilder();
  builder.input("x", "float32", infoShape(hidden.shape));
  const value: Type = { dtype: "float32", shape: [8] };
  const made = write
    ? table.setitem.lower(
        builder,
        ["x", builder.input("v", "float32", [8])],
        table.setitem.call(0, 0, ...indices).params,
        [hidden, value],
      )
    : table.getitem.lower(builder, ["x"], table.getitem.call(0, ...indices).params, [hidden]);
  builder.output(made as string, "float32", [null, null, null]);
  return builder;
};

test.each<[boolean, Index[], Index[]]>([
  [false, [":", 3], [":", -1]],
  [false, [0, "1:5"], [-1, "-3:9"]],
  [true, [":", 3], [":", -1]],
  [true, [0, 3], [-1, 13]],
  [true, [0, "1:5"], [-1, "-3:9"]],
])("positions are no part of the structure (write: %s)", (write, some, others) => {
  expect(printGraph(graphOf(write, ...some).graph())).toBe(printGraph(graphOf(write, ...others).graph()));
});

test.each<[boolean, Index[]]>([
  [false, [":", 4]],
  [true, [":", 4]],
  [true, [":", -5]],
  [true, [0, 4]],
  [true, [-3, 0]],
  [true, [2, "1:3"]],
])("a position outside fails at run time (write: %s, %j)", async (write, indices) => {
  const builder = graphOf(write, ...indices);
  const session = await ort.InferenceSession.create(encode(builder.graph()), { logSeverityLevel: 4 });
  const feeds: Record<string, ort.Tensor> = { x: new ort.Tensor(new Float32Array(64), [2, 4, 8]) };
  if (write) feeds.v = new ort.Tensor(new Float32Array(8), [8]);
  for (const [name, value] of builder.feeds) feeds[name] = toRuntime(value);
  await expect(session.run(feeds)).rejects.toThrow();
});

test("writing a row costs little more than the copy", () => {
  const x: Host = { dtype: "float32", shape: [1, 14, 576], data: new Float32Array(14 * 576) };
  const row: Host = { dtype: "float32", shape: [576], data: new Float32Array(576).fill(1) };
  const { params } = table.setitem.call(0, 0, ":", -1);
  const times = Array.from({ length: 300 }, () => {
    const start = performance.now();
    table.setitem.evaluate([x, row], params);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  expect(times[150]).toBeLessThan(0.2);
});
