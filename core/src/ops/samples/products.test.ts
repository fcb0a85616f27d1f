/** Samples of products by other names, windows, losses, norms over channels and einops. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DType } from "../../tensor/dtype.ts";
import type { Host } from "../../tensor/host.ts";
import { table } from "../table.ts";
import {
  broadcastable,
  filled,
  float,
  numeric,
  operand,
  type Sample,
  shapes,
  tensors,
  withDim,
} from "./tensors.test.ts";

const some = fc.integer({ min: 1, max: 4 });

/** Tensors whose shapes are made of a few sizes. */
const made = (
  dtype: fc.Arbitrary<DType>,
  shape: (...n: number[]) => readonly (readonly number[])[],
  args: (inputs: Host[]) => readonly unknown[] = (inputs) => inputs.map(operand),
  extra: Partial<Sample> = { tolerance: 1e-4 },
): fc.Arbitrary<Sample> =>
  fc
    .tuple(dtype, some, some, some, some)
    .chain(([type, ...n]) => fc.tuple(...shape(...n).map((sizes) => filled(type, sizes))))
    .map((inputs) => ({ args: args(inputs), ...extra }));

const equations: readonly [string, (...n: number[]) => readonly (readonly number[])[]][] = [
  [
    "ij,jk->ik",
    (a, b, c) => [
      [a!, b!],
      [b!, c!],
    ],
  ],
  [
    "ij,jk",
    (a, b, c) => [
      [a!, b!],
      [b!, c!],
    ],
  ],
  [
    "bhqd,bhkd->bhqk",
    (a, b, c, d) => [
      [a!, 2, b!, d!],
      [a!, 2, c!, d!],
    ],
  ],
  ["i,i->", (a) => [[a!], [a!]]],
  ["i,j->ij", (a, b) => [[a!], [b!]]],
  ["ij->ji", (a, b) => [[a!, b!]]],
  ["ij->", (a, b) => [[a!, b!]]],
  [
    "...i,ij->...j",
    (a, b, c) => [
      [a!, b!, c!],
      [c!, b!],
    ],
  ],
  [
    "...ij,...jk->...ik",
    (a, b, c, d) => [
      [a!, b!, c!],
      [1, c!, d!],
    ],
  ],
  [
    "ij,jk,kl->il",
    (a, b, c, d) => [
      [a!, b!],
      [b!, c!],
      [c!, d!],
    ],
  ],
  [
    "bi,bj,bk->bijk",
    (a, b, c, d) => [
      [a!, b!],
      [a!, c!],
      [a!, d!],
    ],
  ],
  [
    "ijk,jil->kl",
    (a, b, c, d) => [
      [a!, b!, c!],
      [b!, a!, d!],
    ],
  ],
];

const einsum = fc
  .constantFrom(...equations)
  .chain(([equation, shape]) => made(numeric, shape, (inputs) => [equation, ...inputs.map(operand)]));

const convolved = (rank: number): fc.Arbitrary<Sample> =>
  fc
    .tuple(
      fc.tuple(float, some, fc.integer({ min: 1, max: 2 }), some, some),
      fc.integer({ min: 1, max: 2 }),
      fc.nat(1),
      fc.integer({ min: 1, max: 2 }),
      fc.boolean(),
      fc.array(fc.integer({ min: 3, max: 5 }), { minLength: rank, maxLength: rank }),
    )
    .chain(([[dtype, batch, groups, each, out], stride, padding, dilation, biased, sizes]) =>
      fc
        .tuple(
          filled(dtype, [batch, groups * each, ...sizes]),
          filled(dtype, [groups * out, each, ...sizes.map(() => 2)]),
          filled(dtype, [groups * out]),
        )
        .map(([x, weight, bias]) => ({
          args: [
            operand(x),
            operand(weight),
            biased ? operand(bias) : null,
            { stride, padding, dilation, groups },
          ],
          keep: rank + 1,
          tolerance: 1e-4,
        })),
    );

const pooled = (rank: number): fc.Arbitrary<Sample> =>
  fc
    .tuple(
      float,
      some,
      some,
      fc.constantFrom(null, 1, 2),
      fc.nat(1),
      fc.array(fc.integer({ min: 3, max: 5 }), { minLength: rank, maxLength: rank }),
    )
    .chain(([dtype, batch, channels, stride, padding, sizes]) =>
      filled(dtype, [batch, channels, ...sizes]).map((x) => ({
        args: [operand(x), 2, { ...(stride && { stride }), padding }],
        keep: rank,
      })),
    );

const likeness: fc.Arbitrary<Sample> = fc.tuple(withDim(float, 1), fc.boolean()).chain(([{ x, dim }]) =>
  filled(x.dtype, x.shape).map((other) => ({
    args: [operand(x), operand(other), { dim }],
    tolerance: 1e-3,
  })),
);

const loss = fc
  .tuple(float, broadcastable(1), fc.constantFrom("mean", "sum", "none"))
  .chain(([dtype, [shape], reduction]) =>
    fc
      .tuple(
        filled(
          dtype,
          shape!.map((n) => Math.max(n, 1)),
        ),
        filled(
          dtype,
          shape!.map((n) => Math.max(n, 1)),
        ),
      )
      .map(([a, b]) => ({
        args: [operand(a), operand(b), { reduction }],
        tolerance: 1e-4,
      })),
  );

const classified = fc
  .tuple(float, some, some, shapes(0, 2, 1), fc.constantFrom("mean", "sum", "none"))
  .chain(([dtype, batch, classes, rest, reduction]) =>
    fc
      .tuple(filled(dtype, [batch, classes, ...rest]), filled("int64", [batch, ...rest], fc.nat(classes - 1)))
      .map(([x, target]) => ({ args: [operand(x), operand(target), { reduction }], tolerance: 1e-4 })),
  );

const patterns: readonly [string, (...n: number[]) => number[], Record<string, number>?][] = [
  ["a b -> b a", (a, b) => [a!, b!]],
  ["a b c -> (a b) c", (a, b, c) => [a!, b!, c!]],
  ["(a two) b -> a (two b)", (a, b) => [2 * a!, b!], { two: 2 }],
  ["... (h d) -> ... h d", (a, b, c) => [a!, b!, 2 * c!], { h: 2 }],
  ["b 1 c -> b c", (a, b) => [a!, 1, b!]],
  ["b c -> b 1 c ()", (a, b) => [a!, b!]],
  ["b ... -> (...) b", (a, b, c) => [a!, b!, c!]],
];

const rearranged = fc.constantFrom(...patterns).chain(([pattern, shape, sizes]) =>
  made(
    numeric,
    (...n) => [shape(...n)],
    ([x]) => [operand(x!), pattern, ...(sizes ? [sizes] : [])],
    { sized: true },
  ),
);

const reduced = fc
  .tuple(
    fc.constantFrom<(typeof patterns)[number]>(
      ["a b c -> a c", (a, b, c) => [a!, b!, c!]],
      ["a b ->", (a, b) => [a!, b!]],
      ["b (h two) -> b h", (a, b) => [a!, 2 * b!], { two: 2 }],
      ["... c -> ...", (a, b, c) => [a!, b!, c!]],
      ["a b -> b 1", (a, b) => [a!, b!]],
    ),
    fc.constantFrom("sum", "mean", "max", "min", "prod"),
  )
  .chain(([[pattern, shape, sizes], by]) =>
    made(
      float,
      (...n) => [shape(...n)],
      ([x]) => [operand(x!), pattern, by, ...(sizes ? [sizes] : [])],
      { sized: true, tolerance: 1e-4 },
    ),
  );

const channels = (weights: number, args: (inputs: unknown[]) => unknown[]): fc.Arbitrary<Sample> =>
  fc
    .tuple(float, some, some, shapes(0, 2, 1))
    .chain(([dtype, batch, half, rest]) =>
      fc
        .tuple(
          filled(dtype, [batch, 2 * half, ...rest]),
          ...Array.from({ length: weights }, () =>
            filled(dtype, [2 * half], fc.double({ min: 0.5, max: 2, noNaN: true })),
          ),
        )
        .map((inputs) => ({ args: args(inputs.map(operand)), tolerance: 2e-3, keep: rest.length + 1 })),
    );

export const productSamples: Record<string, fc.Arbitrary<Sample>> = {
  mm: made(numeric, (a, b, c) => [
    [a!, b!],
    [b!, c!],
  ]),
  bmm: made(numeric, (a, b, c, d) => [
    [d!, a!, b!],
    [d!, b!, c!],
  ]),
  mv: made(numeric, (a, b) => [[a!, b!], [b!]]),
  dot: made(numeric, (a) => [[a!], [a!]]),
  outer: made(numeric, (a, b) => [[a!], [b!]]),
  inner: made(numeric, (a, b, c) => [
    [a!, b!],
    [c!, b!],
  ]),
  addmm: made(
    float,
    (a, b, c) => [[c!], [a!, b!], [b!, c!]],
    (inputs) => [...inputs.map(operand), { alpha: 2, beta: 0.5 }],
  ),
  einsum,
  conv1d: convolved(1),
  conv2d: convolved(2),
  avgPool1d: pooled(1),
  avgPool2d: pooled(2),
  maxPool1d: pooled(1),
  maxPool2d: pooled(2),
  normalize: fc
    .tuple(withDim(float, 1), fc.constantFrom(1, 2))
    .map(([{ x, dim }, p]) => ({ args: [operand(x), { dim, p }], tolerance: 1e-3 })),
  cosineSimilarity: likeness,
  mseLoss: loss,
  l1Loss: loss,
  klDiv: made(
    float,
    (a, b) => [
      [a!, b!],
      [a!, b!],
    ],
    ([x, y]) => [
      operand(x!),
      operand({ ...y!, data: y!.data.map(Math.abs as never) } as Host),
      { reduction: "batchmean" },
    ],
  ),
  crossEntropy: classified,
  nllLoss: classified,
  dropout: tensors(float).map((x) => ({ args: [operand(x)] })),
  groupNorm: channels(2, ([x, weight, bias]) => [x, 2, weight, bias]),
  batchNorm: channels(4, (inputs) => inputs),
  glu: fc
    .tuple(float, shapes(0, 2), some)
    .chain(([dtype, lead, half]) => filled(dtype, [...lead, 2 * half]))
    .map((x) => ({ args: [operand(x)], sized: true })),
  rearrange: rearranged,
  reduce: reduced,
};

test("names are ops of the table", () => {
  expect(Object.keys(productSamples).filter((name) => !(name in table))).toEqual([]);
});
