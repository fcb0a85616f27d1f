/** Arbitrary tensors, and what a sample of an op is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type Host, sizeOf } from "../../tensor/host.ts";
import type { DType } from "../../tensor/type.ts";
import type { Operand } from "../spec.ts";

export interface Sample {
  /** What a user passes; tensors stand for operands. */
  readonly args: readonly unknown[];
  /** The sizes must be known to lower it. */
  readonly sized?: boolean;
  /** As many last dimensions must have known sizes. */
  readonly keep?: number;
  /** Relative above 1, else absolute. */
  readonly tolerance?: number;
}

export type Shape = readonly number[];

export const operand = (x: Host): Operand => x as unknown as Operand;

/** Shapes of a number of dimensions. */
export const shapes = (minRank = 0, maxRank = 4, minSize = 0): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: minSize, max: 4 }), { minLength: minRank, maxLength: maxRank });

export const dtypes = fc.constantFrom<DType>("float32", "int64", "bool");
export const numeric = fc.constantFrom<DType>("float32", "int64");
export const float = fc.constant<DType>("float32");

const numbers: Readonly<Record<DType, fc.Arbitrary<number>>> = {
  float32: fc.oneof(
    fc.integer({ min: -24, max: 24 }).map((n) => n / 8),
    fc.double({ min: -4, max: 4, noNaN: true }),
  ),
  int64: fc.integer({ min: -5, max: 5 }),
  bool: fc.integer({ min: 0, max: 1 }),
};

const special = fc.oneof(
  { weight: 6, arbitrary: numbers.float32 },
  fc.constantFrom(0, NaN, Infinity, -Infinity),
);

/** A tensor of a shape. */
export const filled = (
  dtype: DType,
  shape: Shape,
  value: fc.Arbitrary<number> = numbers[dtype],
): fc.Arbitrary<Host> =>
  fc.array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape), size: "max" }).map((values) => {
    const data = allocate(dtype, values.length);
    for (const [i, v] of values.entries()) data[i] = dtype === "int64" ? BigInt(v) : v;
    return { dtype, shape, data };
  });

/** A tensor with nan and infinities among its numbers. */
export const wild = (dtype: DType, shape: Shape): fc.Arbitrary<Host> =>
  dtype === "float32" ? filled(dtype, shape, special) : filled(dtype, shape);

/** A tensor with some nan. */
export const holed = (dtype: DType, shape: Shape): fc.Arbitrary<Host> =>
  dtype === "float32"
    ? filled(dtype, shape, fc.oneof({ weight: 5, arbitrary: numbers.float32 }, fc.constant(Number.NaN)))
    : filled(dtype, shape);

/** A tensor of any shape. */
export const tensors = (
  dtype: fc.Arbitrary<DType> = dtypes,
  shape: fc.Arbitrary<Shape> = shapes(),
  make: typeof filled | typeof wild = filled,
): fc.Arbitrary<Host> => fc.tuple(dtype, shape).chain(([d, s]) => make(d, s));

/** Shapes that broadcast with each other. */
export const broadcastable = (count: number): fc.Arbitrary<number[][]> =>
  shapes().chain((full) =>
    fc.tuple(
      ...Array.from({ length: count }, () =>
        fc
          .tuple(
            fc.integer({ min: 0, max: full.length }),
            fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
          )
          .map(([skip, ones]) => full.map((n, i) => (ones[i] ? 1 : n)).slice(skip)),
      ),
    ),
  );

/** A tensor with one dimension or more, and one of them, from either end. */
export const withDim = (
  dtype: fc.Arbitrary<DType>,
  minSize = 0,
  minRank = 1,
  make: typeof filled | typeof wild = filled,
): fc.Arbitrary<{ x: Host; dim: number; axis: number }> =>
  tensors(dtype, shapes(minRank, 4, minSize), make).chain((x) =>
    fc.integer({ min: -x.shape.length, max: x.shape.length - 1 }).map((dim) => ({
      x,
      dim,
      axis: dim < 0 ? dim + x.shape.length : dim,
    })),
  );

test("tensors have as many values as their shape says", () => {
  fc.assert(
    fc.property(tensors(), (x) => {
      expect(x.data.length).toBe(sizeOf(x.shape));
    }),
  );
});
