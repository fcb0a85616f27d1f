/** Samples of ops that look at one place at a time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DType } from "../../tensor/type.ts";
import { table } from "../table.ts";
import {
  broadcastable,
  dtypes,
  filled,
  numeric,
  operand,
  type Sample,
  shapes,
  tensors,
  wild,
} from "./tensors.test.ts";

type Samples = Record<string, fc.Arbitrary<Sample>>;

const one = (dtype: fc.Arbitrary<DType>, extra: object = {}): fc.Arbitrary<Sample> =>
  tensors(dtype, shapes(), wild).map((x) => ({ args: [operand(x)], ...extra }));

const several = (
  dtype: fc.Arbitrary<readonly DType[]>,
  make: typeof filled | typeof wild = wild,
): fc.Arbitrary<Sample> =>
  fc
    .tuple(dtype, broadcastable(3))
    .chain(([types, shape]) => fc.tuple(...types.map((type, i) => make(type, shape[i]!))))
    .map((inputs) => ({ args: inputs.map(operand) }));

const pair = fc.tuple(dtypes, dtypes);
const notBoth = pair.filter(([a, b]) => a !== "bool" || b !== "bool");

/** Two tensors without integers that divide by 0 and without integers where floats overflow. */
const divided = (types: fc.Arbitrary<readonly DType[]> = notBoth): fc.Arbitrary<Sample> =>
  fc.tuple(types, broadcastable(2)).chain(([[a, b], [p, q]]) => {
    const divisor =
      b === "bool" ? fc.constant(1) : fc.integer({ min: 1, max: 5 }).chain((n) => fc.constantFrom(n, -n));
    return fc.tuple(filled(a!, p!), filled(b!, q!, divisor)).map((inputs) => ({ args: inputs.map(operand) }));
  });

const powers: fc.Arbitrary<Sample> = fc.tuple(notBoth, broadcastable(2)).chain(([[a, b], [p, q]]) => {
  const exponent = b === "bool" ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 4 });
  return fc.tuple(filled(a, p!), filled(b, q!, exponent)).map((inputs) => ({ args: inputs.map(operand) }));
});

const named = (names: string, sample: fc.Arbitrary<Sample>): Samples =>
  Object.fromEntries(names.split(" ").map((name) => [name, sample]));

export const elementwiseSamples: Samples = {
  ...named("exp log sqrt rsqrt reciprocal tanh sigmoid erf isnan logicalNot float", one(dtypes)),
  ...named(
    "sin cos silu",
    tensors(dtypes).map((x) => ({ args: [operand(x)] })),
  ),
  ...named("neg abs square relu floor ceil round", one(numeric)),
  ...named("bool clone detach double half bfloat16", one(dtypes)),
  ...named(
    "long int short char byte",
    tensors().map((x) => ({ args: [operand(x)] })),
  ),
  to: fc.tuple(tensors(), dtypes).map(([x, dtype]) => ({ args: [operand(x), dtype] })),
  gelu: fc
    .tuple(tensors(dtypes), fc.constantFrom("none", "tanh"))
    .map(([x, approximate]) => ({ args: [operand(x), { approximate }] })),
  ...named("add mul maximum minimum eq ne lt le gt ge logicalAnd logicalOr logicalXor", several(pair)),
  sub: several(notBoth),
  pow: powers,
  mod: divided(),
  floorDivide: divided(),
  div: fc.oneof(
    several(pair),
    fc
      .tuple(divided(), fc.constantFrom("floor", "trunc"))
      .map(([{ args }, roundingMode]) => ({ args: [...args, { roundingMode }] })),
  ),
  where: several(fc.tuple(fc.constant<DType>("bool"), dtypes, dtypes)),
  clamp: fc.tuple(several(fc.tuple(numeric, numeric, numeric), filled), fc.boolean(), fc.boolean()).map(
    ([
      {
        args: [x, min, max],
      },
      low,
      high,
    ]) => ({ args: [x, low ? min : null, high ? max : null] }),
  ),
};

test("names are ops of the table", () => {
  expect(Object.keys(elementwiseSamples).filter((name) => !(name in table))).toEqual([]);
});
