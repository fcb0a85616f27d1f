/** Samples of ops that choose, repeat, turn or scatter places. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { scalar, sizeOf } from "../../tensor/host.ts";
import { table } from "../table.ts";
import {
  broadcastable,
  dtypes,
  filled,
  float,
  holed,
  ints,
  numeric,
  operand,
  type Sample,
  shapes,
  tensors,
  withDim,
} from "./tensors.test.ts";

type Samples = Record<string, fc.Arbitrary<Sample>>;

const named = (names: string, sample: fc.Arbitrary<Sample>): Samples =>
  Object.fromEntries(names.split(" ").map((name) => [name, sample]));

const like = tensors().map((x): Sample => ({ args: [operand(x)] }));

const dims = (rank: number) => fc.subarray(Array.from({ length: rank }, (_, i) => i));

const scattered = withDim(dtypes, 1).chain(({ x, dim, axis }) =>
  fc
    .tuple(ints, fc.boolean(), ...x.shape.map((n) => fc.integer({ min: 1, max: n })))
    .chain(([place, number, ...shape]) => {
      const once = Array.from({ length: x.shape[axis]! }, (_, i) => i);
      const sizes = shape.map((n, i) => (i === axis ? Math.min(n, once.length) : n));
      return fc
        .tuple(filled(place, sizes, fc.constant(0)), filled(x.dtype, number ? [] : x.shape))
        .map(([index, src]): Sample => {
          const behind = sizeOf(sizes.slice(axis + 1));
          for (let i = 0; i < index.data.length; i++) {
            const at = Math.floor(i / behind) % sizes[axis]!;
            index.data[i] = place === "int64" ? BigInt(at) : at;
          }
          return { args: [operand(x), dim, operand(index), operand(src)] };
        });
    }),
);

const folded = fc
  .tuple(tensors(numeric, shapes(0, 4, 1), holed), fc.array(fc.nat(3)), fc.boolean())
  .map(([x, places, keepdim]): Sample => {
    const chosen = [...new Set(places.filter((place) => place < x.shape.length))];
    return { args: [operand(x), chosen.length === 0 ? null : chosen, { keepdim }], tolerance: 1e-4 };
  });

const matrices = tensors(dtypes, shapes(2, 2));

export const placeSamples: Samples = {
  ...named("amax amin", folded),
  nanmean: fc
    .tuple(tensors(float, shapes(0, 3, 1), holed), fc.boolean())
    .map(([x, keepdim]) => ({ args: [operand(x), null, { keepdim }], tolerance: 1e-4 })),
  logsumexp: withDim(numeric, 1).map(({ x, dim }) => ({ args: [operand(x), dim] })),
  countNonzero: fc.oneof(
    like,
    withDim(dtypes).map(({ x, dim }) => ({ args: [operand(x), dim] })),
  ),
  cumprod: withDim(dtypes).map(({ x, dim }) => ({ args: [operand(x), dim], tolerance: 1e-4 })),
  median: fc
    .tuple(withDim(numeric, 1, 1, holed), fc.boolean(), fc.boolean())
    .map(([{ x, dim }, all, keepdim]) => ({ args: all ? [operand(x)] : [operand(x), dim, { keepdim }] })),
  argsort: fc
    .tuple(withDim(dtypes, 0, 1, holed), fc.boolean())
    .map(([{ x, dim }, descending]) => ({ args: [operand(x), dim, { descending }] })),
  maskedFill: fc
    .tuple(numeric, broadcastable(2))
    .chain(([dtype, [a, b]]) => fc.tuple(filled(dtype, a!), filled("bool", b!)))
    .map(([x, mask]) => ({ args: [operand(x), operand(mask), operand(scalar(3, x.dtype))] })),
  maskedSelect: fc
    .tuple(dtypes, shapes(1))
    .chain(([dtype, shape]) => fc.tuple(filled(dtype, shape), filled("bool", shape)))
    .map(([x, mask]) => ({ args: [operand(x), operand(mask)], sized: true })),
  nonzero: tensors(dtypes, shapes(1)).map((x) => ({ args: [operand(x)] })),
  indexSelect: withDim(dtypes, 1).chain(({ x, dim, axis }) =>
    fc
      .tuple(ints, fc.nat(5))
      .chain(([place, n]) => filled(place, [n], fc.nat(x.shape[axis]! - 1)))
      .map((index) => ({ args: [operand(x), dim, operand(index)] })),
  ),
  takeAlongDim: withDim(dtypes, 1).chain(({ x, dim, axis }) =>
    fc
      .tuple(ints, fc.nat(4))
      .chain(([place, n]) => filled(place, x.shape.with(axis, n), fc.nat(x.shape[axis]! - 1)))
      .map((index) => ({ args: [operand(x), operand(index), dim], sized: true })),
  ),
  ...named("scatter scatterAdd", scattered),
  flip: tensors().chain((x) => dims(x.shape.length).map((chosen) => ({ args: [operand(x), chosen] }))),
  roll: fc.oneof(
    fc
      .tuple(withDim(dtypes, 1), fc.integer({ min: -9, max: 9 }))
      .map(([{ x, dim }, n]) => ({ args: [operand(x), n, dim] })),
    fc
      .tuple(tensors(dtypes, shapes(1, 3, 1)), fc.integer({ min: -9, max: 9 }))
      .map(([x, n]) => ({ args: [operand(x), n] })),
  ),
  ...named(
    "tile repeat",
    fc.tuple(tensors(), fc.array(fc.nat(3), { maxLength: 5 })).map(([x, counts]) => {
      const enough = [...counts, ...x.shape.map(() => 1)].slice(0, Math.max(counts.length, x.shape.length));
      return { args: [operand(x), enough] };
    }),
  ),
  repeatInterleave: fc
    .tuple(withDim(dtypes, 1), fc.integer({ min: 1, max: 3 }), fc.boolean())
    .map(([{ x, dim }, n, all]) => ({ args: all ? [operand(x), n] : [operand(x), n, dim] })),
  movedim: withDim(dtypes).chain(({ x, dim }) =>
    fc.nat(x.shape.length - 1).map((other) => ({ args: [operand(x), dim, other] })),
  ),
  swapaxes: withDim(dtypes).chain(({ x, dim }) =>
    fc.nat(x.shape.length - 1).map((other) => ({ args: [operand(x), dim, other] })),
  ),
  unbind: withDim(dtypes, 1).map(({ x, dim }) => ({ args: [operand(x), dim], sized: true })),
  ravel: tensors().map((x) => ({ args: [operand(x)], sized: x.data.length === 0 })),
  concat: fc
    .tuple(dtypes, shapes(1))
    .chain(([dtype, shape]) =>
      fc.tuple(filled(dtype, shape), filled(dtype, shape)).map((pair) => ({ args: [pair.map(operand), 0] })),
    ),
  diagonal: fc
    .tuple(tensors(dtypes, shapes(2, 4)), fc.integer({ min: -2, max: 2 }))
    .map(([x, offset]) => ({ args: [operand(x), offset], sized: true })),
  diag: fc.oneof(
    fc
      .tuple(tensors(dtypes, shapes(1, 1, 1)), fc.integer({ min: -2, max: 2 }))
      .map(([x, offset]) => ({ args: [operand(x), offset] })),
    matrices.map((x) => ({ args: [operand(x)], sized: true })),
  ),
  trace: matrices.map((x) => ({ args: [operand(x)] })),
  ...named("zerosLike onesLike", like),
  fullLike: fc.tuple(tensors(), fc.constantFrom(1, 0, 3)).map(([x, n]) => ({ args: [operand(x), n] })),
  expandAs: fc.tuple(tensors(dtypes, shapes(0, 3, 1)), fc.nat(3)).map(([x, n]) => ({
    args: [
      operand({ ...x, shape: [1, ...x.shape] }),
      operand({ dtype: "bool", shape: [n, ...x.shape], data: new Uint8Array(n * x.data.length) }),
    ],
    sized: true,
  })),
  reshapeAs: tensors(dtypes, shapes(0, 3, 1)).map((x) => ({
    args: [
      operand(x),
      operand({ dtype: "bool", shape: [x.data.length], data: new Uint8Array(x.data.length) }),
    ],
    sized: true,
  })),
  pad: fc
    .tuple(
      tensors(dtypes, shapes(1, 3, 2)),
      fc.nat(1),
      fc.nat(1),
      fc.constantFrom("constant", "reflect", "replicate"),
    )
    .map(([x, a, b, mode]) => ({ args: [operand(x), [a, b], mode] })),
  oneHot: fc
    .tuple(ints, shapes(0, 3))
    .chain(([dtype, shape]) => filled(dtype, shape, fc.nat(3)))
    .map((x) => ({ args: [operand(x), 4] })),
};

test("names are ops of the table", () => {
  expect(Object.keys(placeSamples).filter((name) => !(name in table))).toEqual([]);
});
