/** Gradients of operators that look at one place at a time. */
import type { Rule, Site } from "../site.ts";

/** What the gradient is multiplied by, from the input and the result. */
const factor =
  (of: (at: Site, x: string, y: string) => string): Rule =>
  (at) => [at.mul(at.g, of(at, at.x(), at.y()))];

/** Two operands that are broadcast: what each one's gradient is. */
const pair =
  (left: (at: Site) => string, right: (at: Site) => string): Rule =>
  (at) => [
    at.needs[0] ? at.sumTo(left(at), at.x(0)) : undefined,
    at.needs[1] ? at.sumTo(right(at), at.x(1)) : undefined,
  ];

const square = (at: Site, x: string): string => at.mul(x, x);
const where = (at: Site, condition: string, yes: string, no: string): string =>
  at.op("Where", [condition, yes, no]);
const above = (at: Site, x: string, limit: number): string => at.op("Greater", [x, at.number(limit)]);
/** The chosen ones share it. */
const choose: Rule = (at) => {
  const best = (x: string): string =>
    at.op("Cast", [at.op("Equal", [x, at.y()])], { to: at.dtype === "float32" ? 1 : 11 });
  const chosen = at.node.inputs.map(best);
  const count = chosen.reduce((a, b) => at.add(a, b));
  return chosen.map((one, i) =>
    at.needs[i] ? at.sumTo(at.div(at.mul(at.g, one), count), at.x(i)) : undefined,
  );
};

export const pointwise: Readonly<Record<string, Rule>> = {
  Identity: (at) => [at.g],
  Neg: (at) => [at.op("Neg", [at.g])],
  Abs: factor((at, x) => at.op("Sign", [x])),
  Exp: factor((_, __, y) => y),
  Log: factor((at, x) => at.op("Reciprocal", [x])),
  Sqrt: factor((at, _, y) => at.div(at.number(0.5), y)),
  Reciprocal: factor((at, _, y) => at.op("Neg", [square(at, y)])),
  Sin: factor((at, x) => at.op("Cos", [x])),
  Cos: factor((at, x) => at.op("Neg", [at.op("Sin", [x])])),
  Tan: factor((at, _, y) => at.add(at.number(1), square(at, y))),
  Sinh: factor((at, x) => at.op("Cosh", [x])),
  Cosh: factor((at, x) => at.op("Sinh", [x])),
  Tanh: factor((at, _, y) => at.sub(at.number(1), square(at, y))),
  Asin: factor((at, x) => at.op("Reciprocal", [at.op("Sqrt", [at.sub(at.number(1), square(at, x))])])),
  Acos: factor((at, x) =>
    at.op("Neg", [at.op("Reciprocal", [at.op("Sqrt", [at.sub(at.number(1), square(at, x))])])]),
  ),
  Atan: factor((at, x) => at.op("Reciprocal", [at.add(at.number(1), square(at, x))])),
  Atanh: factor((at, x) => at.op("Reciprocal", [at.sub(at.number(1), square(at, x))])),
  Erf: factor((at, x) =>
    at.mul(at.number(2 / Math.sqrt(Math.PI)), at.op("Exp", [at.op("Neg", [square(at, x)])])),
  ),
  Sigmoid: factor((at, _, y) => at.mul(y, at.sub(at.number(1), y))),
  Softplus: factor((at, x) => at.op("Sigmoid", [x])),
  Softsign: factor((at, x) => at.op("Reciprocal", [square(at, at.add(at.number(1), at.op("Abs", [x])))])),
  Relu: factor((at, x) => where(at, above(at, x, 0), at.number(1), at.number(0))),
  LeakyRelu: factor((at, x) => where(at, above(at, x, 0), at.number(1), at.number(at.float("alpha", 0.01)))),
  Elu: factor((at, x, y) => {
    const alpha = at.number(at.float("alpha", 1));
    return where(at, above(at, x, 0), at.number(1), at.add(y, alpha));
  }),
  Selu: factor((at, x, y) => {
    const [alpha, gamma] = [at.float("alpha", 1.6732632), at.float("gamma", 1.050701)];
    return where(at, above(at, x, 0), at.number(gamma), at.add(y, at.number(alpha * gamma)));
  }),
  Gelu: factor((at, x) =>
    at.attribute<string>("approximate", "none") === "tanh" ? geluTanh(at, x) : geluErf(at, x),
  ),
  Add: pair(
    (at) => at.g,
    (at) => at.g,
  ),
  Sub: pair(
    (at) => at.g,
    (at) => at.op("Neg", [at.g]),
  ),
  Mul: pair(
    (at) => at.mul(at.g, at.x(1)),
    (at) => at.mul(at.g, at.x(0)),
  ),
  Div: pair(
    (at) => at.div(at.g, at.x(1)),
    (at) => at.op("Neg", [at.div(at.mul(at.g, at.y()), at.x(1))]),
  ),
  Pow: pair(
    (at) => {
      const power = at.op("CastLike", [at.x(1), at.x(0)]);
      const slope = at.mul(power, at.op("Pow", [at.x(0), at.sub(power, at.number(1))]));
      // 0 · x⁻¹ is no number at 0.
      const flat = at.op("Equal", [power, at.number(0)]);
      return at.mul(at.g, where(at, flat, at.number(0), slope));
    },
    (at) => {
      const positive = above(at, at.x(0), 0);
      const log = at.op("Log", [where(at, positive, at.x(0), at.number(1))]);
      return at.mul(at.g, at.y(), log);
    },
  ),
  Mod: pair(
    (at) => at.g,
    // x − y is a whole number of times the divisor, whichever way it is rounded.
    (at) => at.op("Neg", [at.mul(at.g, at.div(at.sub(at.x(0), at.y()), at.x(1)))]),
  ),
  Max: choose,
  Min: choose,
  Where: (at) => [
    undefined,
    at.needs[1] ? at.sumTo(where(at, at.x(0), at.g, at.number(0)), at.x(1)) : undefined,
    at.needs[2] ? at.sumTo(where(at, at.x(0), at.number(0), at.g), at.x(2)) : undefined,
  ],
  Cast: (at) => [at.op("CastLike", [at.g, at.x()])],
};

/** Φ(x) + x φ(x). */
function geluErf(at: Site, x: string): string {
  const half = at.number(0.5);
  const cdf = at.mul(half, at.add(at.number(1), at.op("Erf", [at.mul(x, at.number(Math.SQRT1_2))])));
  const pdf = at.mul(
    at.number(1 / Math.sqrt(2 * Math.PI)),
    at.op("Exp", [at.mul(at.number(-0.5), square(at, x))]),
  );
  return at.add(cdf, at.mul(x, pdf));
}

/** ½ (1 + t) + ½ x (1 − t²) k (1 + 3 · 0.044715 x²), t = tanh(k (x + 0.044715 x³)). */
function geluTanh(at: Site, x: string): string {
  const k = Math.sqrt(2 / Math.PI);
  const [half, one] = [at.number(0.5), at.number(1)];
  const xx = square(at, x);
  const inner = at.mul(at.number(k), x, at.add(one, at.mul(at.number(0.044715), xx)));
  const t = at.op("Tanh", [inner]);
  const slope = at.mul(at.number(k), at.add(one, at.mul(at.number(3 * 0.044715), xx)));
  return at.add(at.mul(half, at.add(one, t)), at.mul(half, x, at.sub(one, square(at, t)), slope));
}
