/** Operators on values that may be tensors or not: numbers first, then tensors, then whatever JavaScript does. */
import { flowOf } from "./flow.ts";
import { type Told, tell } from "./sites.ts";

// What JavaScript does with operands is its own affair, so to the type checker they are numbers.
type Any = number;

const areNumbers = (a: unknown, b: unknown): boolean => typeof a === "number" && typeof b === "number";

function otherwise(
  method: string,
  a: unknown,
  b: unknown,
  place: Told | undefined,
  plain: (a: Any, b: Any) => unknown,
): unknown {
  const flow = flowOf(a) ?? flowOf(b);
  if (!flow) return plain(a as Any, b as Any);
  tell(place);
  return flow.binary(method, a, b);
}

/** A tensor is never equal to nothing, whatever its numbers are. */
function areEqual(method: "eq" | "ne", a: unknown, b: unknown, place: Told | undefined): unknown {
  const isNothing = a === null || a === undefined || b === null || b === undefined;
  const flow = isNothing ? undefined : (flowOf(a) ?? flowOf(b));
  if (flow) {
    tell(place);
    return flow.binary(method, a, b);
  }
  // biome-ignore lint/suspicious/noDoubleEquals: this is that operator
  return (a == b) === (method === "eq");
}

/** Of a tensor only. */
function unary(method: string, a: unknown, place: Told | undefined): unknown {
  const flow = flowOf(a);
  if (flow) tell(place);
  return flow?.unary(method, a);
}

export const operators = {
  add: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a + b : otherwise("add", a, b, at, (a, b) => a + b),
  sub: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a - b : otherwise("sub", a, b, at, (a, b) => a - b),
  mul: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a * b : otherwise("mul", a, b, at, (a, b) => a * b),
  div: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a / b : otherwise("div", a, b, at, (a, b) => a / b),
  mod: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a % b : otherwise("mod", a, b, at, (a, b) => a % b),
  pow: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a ** b : otherwise("pow", a, b, at, (a, b) => a ** b),
  lt: (a: Any, b: Any, at?: Told) => (areNumbers(a, b) ? a < b : otherwise("lt", a, b, at, (a, b) => a < b)),
  le: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a <= b : otherwise("le", a, b, at, (a, b) => a <= b),
  gt: (a: Any, b: Any, at?: Told) => (areNumbers(a, b) ? a > b : otherwise("gt", a, b, at, (a, b) => a > b)),
  ge: (a: Any, b: Any, at?: Told) =>
    areNumbers(a, b) ? a >= b : otherwise("ge", a, b, at, (a, b) => a >= b),
  eq: (a: Any, b: Any, at?: Told) => (areNumbers(a, b) ? a === b : areEqual("eq", a, b, at)),
  ne: (a: Any, b: Any, at?: Told) => (areNumbers(a, b) ? a !== b : areEqual("ne", a, b, at)),
  neg: (a: Any, at?: Told) => (typeof a === "number" ? -a : (unary("neg", a, at) ?? -(a as Any))),
  not: (a: unknown, at?: Told) => unary("logicalNot", a, at) ?? !a,
};
