/** Samples of ops that move values without computing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeOf } from "../../tensor/host.ts";
import { table } from "../table.ts";
import {
  dtypes,
  filled,
  ints,
  operand,
  type Sample,
  type Shape,
  shapes,
  tensors,
  withDim,
} from "./tensors.test.ts";

/** Other sizes with as many elements, perhaps with one -1. */
const otherSizes = (shape: Shape): fc.Arbitrary<number[]> =>
  fc.tuple(fc.nat(3), fc.nat(3), fc.boolean(), fc.nat(5)).map(([from, count, insert, open]) => {
    const sizes = [
      ...shape.slice(0, from),
      sizeOf(shape.slice(from, from + count)),
      ...shape.slice(from + count),
    ];
    if (insert) sizes.splice(from, 0, 1);
    if (sizeOf(shape) > 0 && open < sizes.length) sizes[open] = -1;
    return sizes;
  });

const reshaped: fc.Arbitrary<Sample> = tensors().chain((x) =>
  fc.tuple(otherSizes(x.shape), fc.boolean()).map(([sizes, list]) => ({
    args: list ? [operand(x), sizes] : [operand(x), ...sizes],
    sized: x.data.length === 0,
  })),
);

const index = (size: number): fc.Arbitrary<number | string> =>
  fc.oneof(
    ...(size > 0 ? [fc.integer({ min: -size, max: size - 1 })] : []),
    fc.constant(":"),
    fc
      .tuple(
        fc.option(fc.integer({ min: -5, max: 5 })),
        fc.option(fc.integer({ min: -5, max: 5 })),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([start, stop, step]) => `${start ?? ""}:${stop ?? ""}${step === 1 ? "" : `:${step}`}`),
  );

const indices = (shape: Shape): fc.Arbitrary<(number | string | null)[]> =>
  fc
    .tuple(fc.tuple(...shape.map(index)), fc.nat(4), fc.option(fc.nat(4)), fc.option(fc.nat(4)))
    .map(([full, keep, dots, fresh]) => {
      const used: (number | string | null)[] = full.slice(0, keep);
      if (dots !== null && dots <= used.length) used.splice(dots, dots % 2 ? 0 : used.length - dots, "...");
      if (fresh !== null && fresh <= used.length) used.splice(fresh, 0, null);
      return used.filter((_, i) => i < 8);
    })
    .filter((used) => used.filter((i) => i !== null && i !== "...").length <= shape.length);

/** Indices whose "..." still leave each one on its own dimension: positions are checked by evaluate itself. */
const valid = (shape: Shape): fc.Arbitrary<(number | string | null)[]> =>
  indices(shape).filter((used) => {
    const all: Sample["args"] = [
      operand({ dtype: "bool", shape, data: new Uint8Array(sizeOf(shape)) }),
      ...used,
    ];
    try {
      const { params } = table.getitem.call(...(all as Parameters<typeof table.getitem.call>));
      table.getitem.infer([{ dtype: "bool", shape }], params);
      return true;
    } catch {
      return false;
    }
  });

const written: fc.Arbitrary<Sample> = fc.tuple(tensors(), dtypes).chain(([x, dtype]) =>
  valid(x.shape).chain((used) => {
    const { params } = table.getitem.call(operand(x), ...used);
    const part = (table.getitem.infer([x], params) as unknown as { shape: number[] }).shape;
    return fc
      .tuple(fc.nat(4), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean())
      .map(([skip, ones, more]) => {
        const own = part.map((n, i) => (ones[i] ? 1 : n)).slice(Math.min(skip, part.length));
        return more && own.length === part.length ? [1, ...own] : own;
      })
      .chain((shape) => filled(dtype, shape))
      .map((value) => ({ args: [operand(x), operand(value), ...used] }));
  }),
);

const pieces = fc
  .tuple(withDim(dtypes), fc.array(fc.tuple(dtypes, fc.nat(3)), { maxLength: 3 }))
  .chain(([{ x, dim, axis }, more]) =>
    fc
      .tuple(...more.map(([dtype, n]) => filled(dtype, x.shape.with(axis, n))))
      .map((rest) => ({ args: [[x, ...rest].map(operand), dim] })),
  );

export const movementSamples: Record<string, fc.Arbitrary<Sample>> = {
  reshape: reshaped,
  view: reshaped,
  flatten: fc.oneof(
    tensors().map((x) => ({ args: [operand(x)], sized: x.data.length === 0 })),
    fc.tuple(withDim(dtypes), fc.nat(3)).map(([{ x, axis }, more]) => ({
      args: [operand(x), axis, Math.min(axis + more, x.shape.length - 1)],
      sized: x.data.length === 0,
    })),
  ),
  unflatten: withDim(dtypes).chain(({ x, dim, axis }) =>
    fc
      .constantFrom<(n: number) => number[]>(
        (n) => [n, 1],
        (n) => [1, n],
        (n) => (n % 2 === 0 ? [2, n / 2] : [1, 1, n]),
        (n) => [n ? -1 : 0, 1],
      )
      .map((cut) => ({
        args: [operand(x), dim, cut(x.shape[axis]!)],
        sized: x.data.length === 0,
      })),
  ),
  permute: tensors().chain((x) =>
    fc
      .shuffledSubarray([...x.shape.keys()], { minLength: x.shape.length })
      .map((dims) => ({ args: [operand(x), ...dims] })),
  ),
  transpose: withDim(dtypes).chain(({ x, dim }) =>
    fc.nat(x.shape.length - 1).map((other) => ({ args: [operand(x), dim, other] })),
  ),
  t: tensors(dtypes, shapes(0, 2)).map((x) => ({ args: [operand(x)] })),
  squeeze: fc.oneof(
    tensors().map((x) => ({ args: [operand(x)], sized: true })),
    withDim(dtypes).map(({ x, dim }) => ({ args: [operand(x), dim], sized: true })),
  ),
  unsqueeze: tensors().chain((x) =>
    fc.integer({ min: -x.shape.length - 1, max: x.shape.length }).map((dim) => ({ args: [operand(x), dim] })),
  ),
  expand: tensors().chain((x) =>
    fc.array(fc.nat(3), { minLength: 4, maxLength: 6 }).map((picks) => ({
      args: [
        operand(x),
        ...picks.slice(4),
        ...x.shape.map((n, i) => (picks[i]! % 2 ? -1 : n === 1 ? picks[i]! : n)),
      ],
    })),
  ),
  cat: pieces,
  stack: fc.tuple(tensors(), fc.array(dtypes, { maxLength: 3 }), fc.nat(9)).chain(([x, more, at]) =>
    fc.tuple(...more.map((dtype) => filled(dtype, x.shape))).map((rest) => ({
      args: [[x, ...rest].map(operand), (at % (2 * x.shape.length + 2)) - x.shape.length - 1],
    })),
  ),
  chunk: fc
    .tuple(withDim(dtypes, 1), fc.integer({ min: 1, max: 5 }))
    .map(([{ x, dim }, n]) => ({ args: [operand(x), n, dim], sized: true })),
  split: fc
    .tuple(withDim(dtypes, 1), fc.integer({ min: 1, max: 5 }), fc.boolean())
    .map(([{ x, dim, axis }, n, list]) => ({
      args: [operand(x), list ? [Math.min(n, x.shape[axis]!), Math.max(x.shape[axis]! - n, 0)] : n, dim],
      sized: true,
    })),
  tril: fc
    .tuple(tensors(dtypes, shapes(2)), fc.integer({ min: -3, max: 3 }))
    .map(([x, k]) => ({ args: [operand(x), k] })),
  triu: fc
    .tuple(tensors(dtypes, shapes(2)), fc.integer({ min: -3, max: 3 }))
    .map(([x, k]) => ({ args: [operand(x), k] })),
  getitem: tensors().chain((x) => valid(x.shape).map((used) => ({ args: [operand(x), ...used] }))),
  setitem: written,
  narrow: withDim(dtypes).chain(({ x, dim, axis }) =>
    fc.tuple(fc.nat(x.shape[axis]!), fc.nat(4)).map(([start, length]) => ({
      args: [operand(x), dim, start, Math.min(length, x.shape[axis]! - start)],
    })),
  ),
  gather: withDim(dtypes, 1).chain(({ x, dim, axis }) =>
    fc
      .tuple(ints, ...x.shape.map((n, i) => (i === axis ? fc.nat(4) : fc.nat(n))))
      .chain(([place, ...shape]) => filled(place, shape, fc.nat(x.shape[axis]! - 1)))
      .map((at) => ({ args: [operand(x), dim, operand(at)] })),
  ),
};

test("names are ops of the table", () => {
  expect(Object.keys(movementSamples).filter((name) => !(name in table))).toEqual([]);
});
