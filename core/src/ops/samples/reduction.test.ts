/** Samples of ops that fold, order or accumulate along dimensions. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Host, sizeOf } from "../../tensor/host.ts";
import type { DType } from "../../tensor/type.ts";
import { table } from "../table.ts";
import { dtypes, float, holed, operand, type Sample, shapes, tensors, withDim } from "./tensors.test.ts";

const along = (dtype: fc.Arbitrary<DType>, minSize = 0): fc.Arbitrary<Sample> =>
  fc
    .tuple(
      tensors(dtype, shapes(0, 4, minSize)),
      fc.array(fc.nat(3)),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([x, places, keepdim, form]) => {
      const dims = [...new Set(places.filter((place) => place < x.shape.length))];
      const dim =
        form === 0 || dims.length === 0
          ? null
          : dims.length === 1 && form === 1
            ? dims[0]! - x.shape.length
            : dims;
      return { args: [operand(x), dim, form === 2 ? keepdim : { keepdim }] };
    });

/** With or without a dimension. */
const found: fc.Arbitrary<Sample> = fc
  .tuple(withDim(dtypes, 1, 1, holed), fc.boolean(), fc.boolean())
  .map(([{ x, dim }, all, keepdim]) => ({ args: all ? [operand(x)] : [operand(x), dim, { keepdim }] }));

const spread: fc.Arbitrary<Sample> = fc
  .tuple(along(float, 1), fc.nat(2), fc.boolean())
  .map(([{ args }, given, keepdim]) => {
    const [x, dim] = args as [Host, readonly number[] | number | null];
    const count = [dim ?? [...x.shape.keys()]].flat().reduce((n, axis) => n * x.shape.at(axis)!, 1);
    return { args: [x, dim, { correction: count > given ? given : 0, keepdim }], tolerance: 1e-4 };
  });

export const reductionSamples: Record<string, fc.Arbitrary<Sample>> = {
  sum: along(dtypes),
  prod: along(dtypes).map((sample) => ({ ...sample, tolerance: 1e-4 })),
  mean: along(float).map((sample) => ({ ...sample, sized: sizeOf((sample.args[0] as Host).shape) === 0 })),
  all: along(dtypes),
  any: along(dtypes),
  max: found,
  min: found,
  argmax: found,
  argmin: found,
  std: spread,
  var: spread,
  norm: fc.tuple(along(float, 1), fc.constantFrom(2, 1, "fro", 0, 3, 2.5, Infinity, -Infinity)).map(
    ([
      {
        args: [x, ...rest],
      },
      p,
    ]) => ({ args: [x, p, ...rest], tolerance: 1e-4 }),
  ),
  cumsum: withDim(dtypes).map(({ x, dim }) => ({ args: [operand(x), dim] })),
  topk: fc
    .tuple(withDim(dtypes, 0, 1, holed), fc.nat(4), fc.boolean())
    .map(([{ x, dim, axis }, k, largest]) => ({
      args: [operand(x), Math.min(k, x.shape[axis]!), dim, { largest }],
    })),
  sort: fc
    .tuple(withDim(dtypes, 0, 1, holed), fc.boolean())
    .map(([{ x, dim }, descending]) => ({ args: [operand(x), dim, { descending }] })),
};

test("names are ops of the table", () => {
  expect(Object.keys(reductionSamples).filter((name) => !(name in table))).toEqual([]);
});
