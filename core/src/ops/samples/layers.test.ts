/** Samples of products, layers, attention and of tensors made of nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { table } from "../table.ts";
import {
  broadcastable,
  dtypes,
  filled,
  float,
  ints,
  numeric,
  operand,
  type Sample,
  shapes,
  withDim,
} from "./tensors.test.ts";

const size = fc.nat(4);
const some = fc.integer({ min: 1, max: 4 });

const matmul: fc.Arbitrary<Sample> = fc
  .tuple(numeric, broadcastable(2), size, some, size, fc.integer({ min: 0, max: 5 }))
  .chain(([dtype, [a, b], n, k, m, form]) => {
    // ONNX Runtime refuses to broadcast leading sizes of 0.
    const lead = (shape: readonly number[]) => shape.slice(-2).map((n) => Math.max(n, 1));
    const left = form === 0 ? [k] : [...lead(a!), n, k];
    const right = form === 1 ? [k] : [...lead(b!), k, m];
    return fc.tuple(filled(dtype, left), filled(dtype, right));
  })
  .map((inputs) => ({ args: inputs.map(operand) }));

const linear: fc.Arbitrary<Sample> = fc
  .tuple(shapes(0, 3), some, some, fc.boolean(), float)
  .chain(([lead, n, m, biased, dtype]) =>
    fc
      .tuple(filled(dtype, [...lead, n]), filled(dtype, [m, n]), filled(dtype, [m]))
      .map(([x, weight, bias]) => ({
        args: biased ? [x, weight, bias].map(operand) : [operand(x), operand(weight)],
      })),
  );

const embedding: fc.Arbitrary<Sample> = fc
  .tuple(dtypes, shapes(0, 3), some, some, ints)
  .chain(([dtype, shape, rows, width, place]) =>
    fc
      .tuple(filled(place, shape, fc.nat(rows - 1)), filled(dtype, [rows, width]))
      .map((inputs) => ({ args: inputs.map(operand) })),
  );

const normalised = (weights: number): fc.Arbitrary<Sample> =>
  fc
    .tuple(shapes(0, 2), shapes(1, 2, 1), fc.nat(weights), fc.boolean(), float)
    .chain(([lead, last, given, eps, dtype]) =>
      fc
        .tuple(filled(dtype, [...lead, ...last]), ...Array.from({ length: given }, () => filled(dtype, last)))
        .map(([x, ...rest]) => ({
          args: [
            operand(x!),
            last,
            ...Array.from({ length: weights }, (_, i) => (rest[i] ? operand(rest[i]) : null)),
            { eps: eps ? 1e-5 : 1e-2 },
          ],
          tolerance: 2e-4,
        })),
    );

const attention: fc.Arbitrary<Sample> = fc
  .tuple(
    some,
    some,
    fc.integer({ min: 1, max: 2 }),
    some,
    some,
    some,
    fc.integer({ min: 0, max: 4 }),
    fc.boolean(),
    fc.boolean(),
    float,
  )
  .chain(([batch, groups, share, positions, keys, width, form, isCausal, scaled, dtype]) => {
    const heads = groups * share;
    const mask =
      form === 0
        ? undefined
        : [batch, heads, positions, keys]
            .slice(form >= 3 ? 2 : 0)
            .map((n, i) => (form === 2 && i < 2 ? 1 : n));
    const even = 2 * width;
    return fc
      .tuple(
        filled(dtype, [batch, heads, positions, even]),
        filled(dtype, [batch, groups, keys, even]),
        filled(dtype, [batch, groups, keys, even]),
        mask === undefined
          ? fc.constant(undefined)
          : filled(form === 4 ? "bool" : dtype, mask).map((x) => {
              const seen = x.data.slice();
              if (x.dtype === "bool") for (let i = 0; i < seen.length; i += keys) seen[i] = 1;
              return { ...x, data: seen };
            }),
      )
      .map(([q, k, v, attnMask]) => ({
        args: [
          operand(q),
          operand(k),
          operand(v),
          {
            ...(attnMask ? { attnMask: operand(attnMask) } : {}),
            isCausal,
            enableGqa: share > 1,
            scale: scaled ? 0.7 : null,
          },
        ],
        keep: 1,
      }));
  });

const rotary: fc.Arbitrary<Sample> = fc
  .tuple(some, some, some, some, fc.boolean(), float)
  .chain(([batch, heads, positions, half, shared, dtype]) => {
    const angles = filled(dtype, [shared ? 1 : batch, positions, half]);
    return fc.tuple(filled(dtype, [batch, heads, positions, 2 * half]), angles, angles);
  })
  .map((inputs) => ({ args: inputs.map(operand) }));

const dtype = fc
  .option(dtypes, { nil: undefined })
  .map((given) => (given === undefined ? {} : { dtype: given }));
const sizes: fc.Arbitrary<Sample> = fc
  .tuple(shapes(), dtype, fc.boolean())
  .map(([shape, options, list]) => ({ args: list ? [shape, options] : [...shape, options] }));

export const layerSamples: Record<string, fc.Arbitrary<Sample>> = {
  matmul,
  linear,
  embedding,
  rmsNorm: normalised(1),
  layerNorm: normalised(2),
  softmax: withDim(float).map(({ x, dim }) => ({ args: [operand(x), dim] })),
  logSoftmax: withDim(float).map(({ x, dim }) => ({ args: [operand(x), dim] })),
  scaledDotProductAttention: attention,
  rotaryEmbedding: rotary,
  zeros: sizes,
  ones: sizes,
  empty: sizes,
  full: fc
    .tuple(shapes(), fc.constantFrom<number | boolean>(7, -1.5, true, false), dtype)
    .map(([shape, value, options]) => ({ args: [shape, value, options] })),
  arange: fc.oneof(
    fc.nat(9).map((n) => ({ args: [n] })),
    fc
      .tuple(fc.integer({ min: -9, max: 0 }), fc.nat(9), fc.constantFrom(1, 2, 0.5))
      .map((args) => ({ args })),
    fc.tuple(fc.nat(9), dtype).map((args) => ({ args })),
  ),
  linspace: fc
    .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.nat(9))
    .map((args) => ({ args })),
  logspace: fc
    .tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 }), fc.nat(9))
    .map((args) => ({ args })),
  eye: fc.oneof(
    size.map((n) => ({ args: [n] })),
    fc.tuple(size, size, dtype).map((args) => ({ args })),
  ),
};

test("names are ops of the table", () => {
  expect(Object.keys(layerSamples).filter((name) => !(name in table))).toEqual([]);
});
