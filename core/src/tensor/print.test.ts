/** Tensors are printed as PyTorch prints them. */
import { describe, expect, test } from "vitest";
import golden from "../../goldens/print.json" with { type: "json" };
import { type DType, isFloat } from "./dtype.ts";
import { allocate, type Data, type Host, viewed } from "./host.ts";
import { printTensor } from "./print.ts";

type Case = { name: string; dtype: string; shape: number[]; values: (number | string)[]; text: string };

function dataOf({ name, dtype, values }: Case): Data {
  if (dtype === "float64") return new Float64Array(BigInt64Array.from(values, BigInt).buffer);
  // JSON readers round integers above 2^53.
  if (name === "large ints") return BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n);
  const numbers = values as number[];
  if (dtype === "int64") return BigInt64Array.from(numbers, BigInt);
  if (dtype === "float32") return new Float32Array(Int32Array.from(numbers).buffer);
  if (isFloat(dtype as DType)) return viewed(Int16Array.from(numbers).buffer, dtype as DType);
  const data = allocate(dtype as DType, numbers.length) as Int32Array;
  data.set(numbers);
  return data;
}

describe("as PyTorch", () => {
  test.each((golden.cases as Case[]).map((one) => [one.name, one] as const))("%s", (_, one) => {
    const host: Host = { dtype: one.dtype as DType, shape: one.shape, data: dataOf(one) };
    expect(printTensor(host)).toBe(one.text);
  });
});

test("suffixes stand behind the values, and wrap", () => {
  const x: Host = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) };
  expect(printTensor(x, { suffixes: ["grad_fn=<AddmmBackward0>"] })).toBe(
    "tensor([1., 2.], grad_fn=<AddmmBackward0>)",
  );
  const row: Host = {
    dtype: "float32",
    shape: [1, 7],
    data: Float32Array.from({ length: 7 }, (_, i) => i / 7),
  };
  expect(printTensor(row, { suffixes: ["grad_fn=<AddmmBackward0>"] })).toMatchInlineSnapshot(`
    "tensor([[0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571]],
           grad_fn=<AddmmBackward0>)"
  `);
});
