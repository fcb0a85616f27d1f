/** Names of dimensions survive where they can, and errors speak the user's language. */
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../onnx/builder.ts";
import { printNode } from "../onnx/print.ts";
import type { Host } from "../tensor/host.ts";
import { type Dim, printType, type Type } from "../tensor/type.ts";
import type { Op } from "./spec.ts";
import { table } from "./table.ts";

const f = (...shape: Dim[]): Type => ({ dtype: "float32", shape });
const int = (...shape: Dim[]): Type => ({ dtype: "int64", shape });
const bool = (...shape: Dim[]): Type => ({ dtype: "bool", shape });
const batch: Dim = { name: "batch" };
const position: Dim = { name: "position" };
const one: Dim = { name: "batch", size: 2 };
const many: Dim = { name: "position", size: 14 };
const open = f(batch, position, 576);
const sized = f(one, many, 576);

/** An op on types: what it gives, or what is wrong. */
function given<A extends readonly unknown[]>(entry: Op<A>, ...args: readonly unknown[]): string {
  try {
    const { operands, params } = entry.call(...(args as unknown as A));
    return [entry.infer(operands as unknown as Type[], params)]
      .flat()
      .map((type) => printType(type as Type))
      .join(" ");
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

test("names survive", () => {
  expect([
    given(table.add, open, f(576)),
    given(table.mul, sized, f(1, 1, 1)),
    given(table.eq, open, int(1)),
    given(table.sum, open, -1),
    given(table.mean, sized, 1, { keepdim: true }),
    given(table.max, open, 2),
    given(table.softmax, open, -1),
    given(table.permute, open, 0, 2, 1),
    given(table.matmul, open, f(576, 64)),
    given(table.linear, open, f(64, 576)),
    given(table.embedding, int(batch, position), f(100, 8)),
    given(table.topk, open, 5),
    given(table.cat, [open, f(batch, 3, 576)], 1),
    given(table.cat, [sized, sized], 1),
    given(table.expand, f(1, position, 1), 3, -1, 4),
    given(table.unflatten, open, -1, [9, 64]),
    given(table.flatten, f(batch, position, 9, 64), 2),
    given(table.flatten, open, 0, 1),
  ]).toMatchInlineSnapshot(`
    [
      "float32[batch, position, 576]",
      "float32[batch=2, position=14, 576]",
      "bool[batch, position, 576]",
      "float32[batch, position]",
      "float32[batch=2, 1, 576]",
      "float32[batch, position] int64[batch, position]",
      "float32[batch, position, 576]",
      "float32[batch, 576, position]",
      "float32[batch, position, 64]",
      "float32[batch, position, 64]",
      "float32[batch, position, 8]",
      "float32[batch, position, 5] int64[batch, position, 5]",
      "float32[batch, position+3, 576]",
      "float32[batch=2, 28, 576]",
      "float32[3, position, 4]",
      "float32[batch, position, 9, 64]",
      "float32[batch, position, 576]",
      "float32[batch*position, 576]",
    ]
  `);
});

test("reshape keeps leading dimensions", () => {
  expect([
    given(table.reshape, sized, 2, 14, 9, 64),
    given(table.reshape, sized, 2, -1, 9, 64),
    given(table.reshape, sized, 2, 14, -1),
    given(table.reshape, sized, -1, 14, 576),
    given(table.reshape, sized, 28, 576),
    given(table.reshape, open, 0, 0, 9, 64),
    given(table.reshape, open, 0, 0, -1, 64),
    given(table.reshape, f(batch, 14, 9, 64), -1, 14, 576),
    given(table.reshape, open, -1, 576),
    given(table.reshape, open, 2, 14, 9, 64),
    given(table.reshape, sized, [2, 14, 9, 63]),
    given(table.reshape, sized, -1, -1),
  ]).toMatchInlineSnapshot(`
    [
      "float32[batch=2, position=14, 9, 64]",
      "float32[batch=2, position=14, 9, 64]",
      "float32[batch=2, position=14, 576]",
      "float32[batch=2, position=14, 576]",
      "float32[28, 576]",
      "float32[batch, position, 9, 64]",
      "float32[batch, position, 9, 64]",
      "float32[batch, 14, 576]",
      "float32[batch*position, 576]",
      "float32[2, 14, 9, 64]",
      "ShapeError: reshape of float32[batch=2, position=14, 576] to [2, 14, 9, 63]: the numbers of elements differ",
      "ShapeError: reshape of float32[batch=2, position=14, 576] to [-1, -1]: sizes are whole numbers from 0, and one may be -1",
    ]
  `);
});

const lowered = <A extends readonly unknown[]>(
  entry: Op<A>,
  type: Type,
  ...args: readonly unknown[]
): string[] => {
  const builder = new GraphBuilder();
  entry.lower(builder, ["x"], entry.call(...([type, ...args] as unknown as A)).params, [type]);
  const constants = new Map(builder.graph().initializers.map(({ name, value }) => [name, `[${value.data}]`]));
  return builder
    .graph()
    .nodes.map((node) =>
      printNode({ ...node, inputs: node.inputs.map((name) => constants.get(name) ?? name) }),
    );
};

test("sizes that have a name are not written", () => {
  expect(lowered(table.reshape, sized, 2, 14, 9, 64)).toEqual(["Reshape = Reshape(x, [0,0,9,64])"]);
  expect(lowered(table.unflatten, open, -1, [9, -1])).toEqual(["Reshape = Reshape(x, [0,0,9,64])"]);
  expect(lowered(table.flatten, f(batch, position, 9, 64), 2)).toEqual(["Reshape = Reshape(x, [0,0,576])"]);
  expect(lowered(table.flatten, f(batch, 9, position, 64), 0, 1)).toEqual([
    "Shape = Shape(x)",
    "Gather = Gather(Shape, [2], axis: 0)",
    "Concat = Concat([-1], Gather, [64], axis: 0)",
    "Reshape = Reshape(x, Concat)",
  ]);
});

describe("refused", () => {
  test("shapes", () => {
    expect([
      given(table.add, f(2, 3), f(4)),
      given(table.matmul, f(2, 3), f(4, 5)),
      given(table.linear, f(2, 3), f(4, 5)),
      given(table.softmax, f(2, 3), 2),
      given(table.cat, [f(2, 3), f(3, 3)], 1),
      given(table.cat, []),
      given(table.stack, [f(2), f(3)]),
      given(table.split, f(5), [2, 2]),
      given(table.chunk, open, 2),
      given(table.topk, f(3), 4),
      given(table.squeeze, open, 0),
      given(table.expand, f(2), 3),
      given(table.permute, f(2, 3), 0, 0),
      given(table.tril, f(2)),
      given(table.max, f(0)),
      given(table.rmsNorm, f(2, 3), [4]),
      given(table.scaledDotProductAttention, f(1, 4, 2, 8), f(1, 2, 2, 8), f(1, 2, 2, 8)),
      given(table.rotaryEmbedding, f(1, 4, 2, 8), f(1, 2, 3), f(1, 2, 3)),
    ]).toMatchInlineSnapshot(`
      [
        "ShapeError: shapes [2, 3] and [4] do not broadcast: 3 meets 4 in dimension 1",
        "ShapeError: matmul of float32[2, 3] and float32[4, 5]: the inner sizes 3 and 4 differ",
        "ShapeError: linear of float32[2, 3] with weight float32[4, 5]: the last size of x must be weight's last",
        "ShapeError: dimension 2 of a tensor with 2 dimensions (use -2 to 1)",
        "ShapeError: float32[2, 3] and float32[3, 3] do not fit beside each other along dimension 1",
        "ValueError: cat of an empty list: give one tensor or more",
        "ShapeError: float32[2] and float32[3] do not fit",
        "ShapeError: split of float32[5] along 0: the sizes [2, 2] do not add up to 5",
        "ShapeError: chunk of float32[batch, position, 576]: the size of batch is not known here",
        "ShapeError: topk: 4 of the 3 numbers along dimension -1 of float32[3]",
        "ShapeError: squeeze(0) of float32[batch, position, 576]: the size of batch is not known here; index with 0 instead",
        "ShapeError: expand of float32[2] to [3]: 2 is neither 1 nor 3",
        "ShapeError: permute(0, 0) of float32[2, 3]: each of its dimensions must stand there once",
        "ShapeError: tril of float32[2]: it needs two dimensions or more",
        "IndexError: max of nothing: float32[0]",
        "ShapeError: rmsNorm over [4] of float32[2, 3]: these must be its last sizes",
        "ShapeError: scaledDotProductAttention of float32[1, 4, 2, 8], float32[1, 2, 2, 8], float32[1, 2, 2, 8]: the heads differ: set enableGqa to share them",
        "ShapeError: rotaryEmbedding of float32[1, 4, 2, 8] with cos float32[1, 2, 3] and sin float32[1, 2, 3]: x is [batch, heads, position, headDim], cos and sin are [batch, position, headDim/2]",
      ]
    `);
  });

  test("dtypes", () => {
    expect([
      given(table.sub, bool(2), bool(2)),
      given(table.neg, bool(2)),
      given(table.mean, int(2)),
      given(table.softmax, int(2), 0),
      given(table.matmul, int(2, 2), f(2, 2)),
      given(table.where, f(2), f(2), f(2)),
      given(table.embedding, f(2), f(2, 2)),
      given(table.to, f(2), "complex64"),
    ]).toMatchInlineSnapshot(`
      [
        "TypeError: sub is not defined for two bool tensors: convert one with .long() or .float() first",
        "TypeError: neg is not defined for bool: convert with .long() or .float() first",
        "TypeError: mean takes floats, not int64: convert with .float() first",
        "TypeError: softmax takes floats, not int64: convert with .float() first",
        "TypeError: matmul of int64 and float32: both must have one dtype, and not bool",
        "TypeError: where (condition) takes bool, not float32: convert with .bool() first",
        "TypeError: embedding (ids) takes integers, not float32: convert with .long() first",
        "TypeError: to takes a dtype ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"), not "complex64"",
      ]
    `);
  });

  test("values", () => {
    const host = (...values: bigint[]): Host => ({
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values),
    });
    const rows: Host = { dtype: "float32", shape: [2, 1], data: new Float32Array(2) };
    expect(() => table.mod.evaluate([host(1n), host(0n)], {})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: division of an integer by zero: convert with .float() for inf and nan]`,
    );
    expect(() => table.embedding.evaluate([host(2n), rows], {})).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: embedding: id 2 in a table of 2 rows]`,
    );
    expect(() => table.gather.evaluate([host(2n), host(5n)], { dim: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: gather: index 5 is out of bounds for dimension 0 with size 1]`,
    );
    expect(() =>
      table.arange.infer([], { start: 0, end: 1, step: -1, dtype: "int64" }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: arange from 0 to 1 in steps of -1: the step must lead from the first to the last]`,
    );
    expect(() => table.randint.call(5, 3 as unknown as number[])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: randint takes a list of sizes at the end: randint(-10, 10, [1])]`,
    );
    expect(() =>
      table.randint.evaluate([], { low: 3, high: 3, size: [1] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: randint from 3 up to 3: give two whole numbers, the second above the first]`,
    );
    expect(() => table.zeros.infer([], { size: [-1], dtype: "float32" })).toThrowErrorMatchingInlineSnapshot(
      `[TypeError: [-1] are no sizes: use whole numbers from 0]`,
    );
  });
});
