/** Samples of the further functions of one or two numbers at a time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DType } from "../../tensor/dtype.ts";
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
  tensors,
  wild,
} from "./tensors.test.ts";

type Samples = Record<string, fc.Arbitrary<Sample>>;

const one = (dtype: fc.Arbitrary<DType>, make: typeof filled | typeof wild = filled): fc.Arbitrary<Sample> =>
  tensors(dtype, shapes(), make).map((x) => ({ args: [operand(x)] }));

const several = (dtype: fc.Arbitrary<readonly DType[]>, make: typeof filled | typeof wild = filled) =>
  fc
    .tuple(dtype, broadcastable(3))
    .chain(([types, shape]) => fc.tuple(...types.map((type, i) => make(type, shape[i]!))))
    .map((inputs): Sample => ({ args: inputs.map(operand) }));

/** The dtypes of two, not both bool. */
const pair = fc.tuple(dtypes, dtypes);
const notBoth = pair.filter(([a, b]) => a !== "bool" || b !== "bool");
const floats = fc.tuple(float, float);

const divided = fc.tuple(numeric, numeric, broadcastable(2)).chain(([a, b, [p, q]]) => {
  const divisor = fc.integer({ min: 1, max: 5 });
  return fc
    .tuple(filled(a, p!), filled(b, q!, divisor))
    .map((inputs): Sample => ({ args: inputs.map(operand) }));
});

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const inUnit = fc
  .tuple(float, shapes())
  .chain(([dtype, shape]) => filled(dtype, shape, unit))
  .map((x): Sample => ({ args: [operand(x)], tolerance: 1e-4 }));

const named = (names: string, sample: fc.Arbitrary<Sample>): Samples =>
  Object.fromEntries(names.split(" ").map((name) => [name, sample]));

const withOption = (name: string): fc.Arbitrary<Sample> =>
  fc.tuple(tensors(dtypes), fc.constantFrom(undefined, 0.5, 2)).map(([x, value]) => ({
    args: value === undefined ? [operand(x)] : [operand(x), name === "" ? value : { [name]: value }],
  }));

export const curveSamples: Samples = {
  ...named("exp2 expm1 log2 log10 log1p atan logsigmoid", one(dtypes, wild)),
  ...named("sinh cosh mish selu softsign relu6", one(dtypes)),
  ...named("tan asin acos", inUnit),
  ...named("sign isinf isfinite absolute", one(numeric, wild)),
  ...named("contiguous cpu", one(dtypes)),
  ...named("trunc", one(numeric)),
  ...named("negative", one(numeric)),
  ...named("frac", one(float)),
  ...named(
    "bitwiseAnd bitwiseOr bitwiseXor",
    several(fc.tuple(ints, fc.oneof(ints, fc.constant<DType>("bool")))),
  ),
  bitwiseNot: one(fc.oneof(ints, fc.constant<DType>("bool"))),
  nanToNum: fc.tuple(tensors(numeric, shapes(), wild), fc.boolean()).map(([x, given]) => ({
    args: given ? [operand(x), 3, { posinf: 9, neginf: -9 }] : [operand(x)],
  })),
  softplus: fc
    .tuple(tensors(dtypes), fc.constantFrom(undefined, { beta: 2 }, { beta: 3, threshold: 1 }))
    .map(([x, options]) => ({ args: options ? [operand(x), options] : [operand(x)] })),
  ...named("elu leakyRelu", withOption("")),
  hardtanh: fc.tuple(tensors(numeric), fc.boolean()).map(([x, given]) => ({
    args: given ? [operand(x), 0, 2] : [operand(x)],
  })),
  ...named("atan2 hypot", several(floats)),
  logaddexp: several(floats, wild),
  ...named("multiply trueDivide", several(notBoth)),
  subtract: several(notBoth),
  divide: several(pair),
  ...named("remainder fmod", divided),
  clip: fc.tuple(several(fc.tuple(numeric, numeric, numeric))).map(([sample]) => sample),
  addcmul: fc.tuple(several(fc.tuple(float, float, float)), fc.boolean()).map(([{ args }, given]) => ({
    args: given ? [...args, { value: 2 }] : args,
    tolerance: 1e-4,
  })),
  lerp: several(fc.tuple(float, float, float)).map((sample) => ({ ...sample, tolerance: 1e-4 })),
  ...named("isclose", several(pair)),
  allclose: several(fc.tuple(numeric, numeric)),
  equal: fc.oneof(
    several(pair).map((sample) => ({ ...sample, sized: true })),
    one(dtypes).map(({ args }) => ({ args: [...args, ...args] })),
  ),
  isin: fc
    .tuple(tensors(numeric), tensors(numeric, shapes(1, 2)))
    .map(([x, test]) => ({ args: [operand(x), operand(test)] })),
  ...named(
    "typeAs",
    fc.tuple(tensors(), tensors()).map(([x, other]) => ({ args: [operand(x), operand(other)] })),
  ),
};

test("names are ops of the table", () => {
  expect(Object.keys(curveSamples).filter((name) => !(name in table))).toEqual([]);
});
