/** Arbitrary tensors, and what a sample of an op is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DType, isFloat, kindOf } from "../../tensor/dtype.ts";
import { allocate, type Host, sizeOf, storing } from "../../tensor/host.ts";
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

/** The usual ones and, more rarely, the others. */
const among = (usual: readonly DType[], others: readonly DType[]): fc.Arbitrary<DType> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const otherInts: readonly DType[] = ["int32", "int16", "int8", "uint8"];
const otherFloats: readonly DType[] = ["float64", "float16", "bfloat16"];
export const dtypes = among(["float32", "int64", "bool"], [...otherFloats, ...otherInts]);
export const numeric = among(["float32", "int64"], [...otherFloats, ...otherInts]);
export const float = among(["float32"], otherFloats);
export const ints = among(["int64"], otherInts);

const real = fc.oneof(
  fc.integer({ min: -24, max: 24 }).map((n) => n / 8),
  fc.double({ min: -4, max: 4, noNaN: true }),
);
const whole = fc.integer({ min: -5, max: 5 });

const numbers = (dtype: DType): fc.Arbitrary<number> => {
  if (dtype === "bool") return fc.integer({ min: 0, max: 1 });
  return dtype === "uint8" ? fc.nat(5) : kindOf(dtype) === "int" ? whole : real;
};

const special = fc.oneof({ weight: 6, arbitrary: real }, fc.constantFrom(0, NaN, Infinity, -Infinity));

/** A tensor of a shape. */
export const filled = (
  dtype: DType,
  shape: Shape,
  value: fc.Arbitrary<number> = numbers(dtype),
): fc.Arbitrary<Host> =>
  fc.array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape), size: "max" }).map((values) => {
    const data = allocate(dtype, values.length);
    const store = storing(dtype);
    for (const [i, v] of values.entries()) data[i] = store(v);
    return { dtype, shape, data };
  });

/** A tensor with nan and infinities among its numbers. */
export const wild = (dtype: DType, shape: Shape): fc.Arbitrary<Host> =>
  isFloat(dtype) ? filled(dtype, shape, special) : filled(dtype, shape);

/** A tensor with some nan. */
export const holed = (dtype: DType, shape: Shape): fc.Arbitrary<Host> =>
  isFloat(dtype)
    ? filled(dtype, shape, fc.oneof({ weight: 5, arbitrary: real }, fc.constant(Number.NaN)))
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
