/** Promotion, casts and rounding are PyTorch's, for every pair of dtypes and every kind of number. */
import { describe, expect, test } from "vitest";
import golden from "../../goldens/promotion.json" with { type: "json" };
import { type DType, floatOf, promoteAll, scalarType, summedOf } from "./dtype.ts";
import { cast, type Host, numberAt } from "./host.ts";

const ofRank = (dtype: string, rank: number) => ({ dtype: dtype as DType, shape: Array(rank).fill(1) });

describe("as PyTorch", () => {
  test("two tensors", () => {
    for (const { a, b, ranks, type, div } of golden.pairs) {
      const result = promoteAll(ofRank(a, ranks[0]!), ofRank(b, ranks[1]!));
      expect([a, b, ranks, result, floatOf(result)]).toEqual([a, b, ranks, type, div]);
    }
  });

  test("a tensor and a number", () => {
    for (const { a, rank, value, type, div } of golden.scalars) {
      const other = scalarType(value, a as DType);
      const result = promoteAll(ofRank(a, rank), ofRank(other, 0));
      expect([a, rank, value, result, floatOf(result)]).toEqual([a, rank, value, type, div]);
    }
  });

  test("functions and sums", () => {
    for (const { a, exp, sum, cumsum } of golden.unary)
      expect([floatOf(a as DType), summedOf(a as DType), summedOf(a as DType)]).toEqual([exp, sum, cumsum]);
  });

  const float64: Host = {
    dtype: "float64",
    shape: [golden.castFrom.length],
    data: Float64Array.from(golden.castFrom),
  };
  test.each(golden.casts)("cast to $to", ({ to, values }) => {
    const x = cast(float64, to as DType);
    expect(golden.castFrom.map((_, i) => numberAt(x, i))).toEqual(
      // From floats, what is out of range is undefined in C++; here it wraps as from int64.
      values.map((value, i) => (to === "int8" && golden.castFrom[i] === 255 ? -1 : value)),
    );
  });

  test.each(golden.wraps)("int64 wraps in $to", ({ to, values }) => {
    const x = cast(
      { dtype: "int64", shape: [4], data: BigInt64Array.of(300n, -129n, 70000n, -1n) },
      to as DType,
    );
    expect(values.map((_, i) => numberAt(x, i))).toEqual(values);
  });
});
