/** Operators on values that may be tensors or not: numbers first, then tensors, then whatever JavaScript does. */
import { flowOf } from "./flow.ts";

// What JavaScript does with operands is its own affair, so to the type checker they are numbers.
type Any = number;

const areNumbers = (a: unknown, b: unknown): boolean => typeof a === "number" && typeof b === "number";

function otherwise(method: string, a: unknown, b: unknown, plain: (a: Any, b: Any) => unknown): unknown {
  const flow = flowOf(a) ?? flowOf(b);
  return flow ? flow.binary(method, a, b) : plain(a as Any, b as Any);
}

/** A tensor is never equal to nothing, whatever its numbers are. */
function areEqual(method: "eq" | "ne", a: unknown, b: unknown): unknown {
  const isNothing = a === null || a === undefined || b === null || b === undefined;
  const flow = isNothing ? undefined : (flowOf(a) ?? flowOf(b));
  if (flow) return flow.binary(method, a, b);
  // biome-ignore lint/suspicious/noDoubleEquals: this is that operator
  return (a == b) === (method === "eq");
}

export const operators = {
  add: (a: Any, b: Any) => (areNumbers(a, b) ? a + b : otherwise("add", a, b, (a, b) => a + b)),
  sub: (a: Any, b: Any) => (areNumbers(a, b) ? a - b : otherwise("sub", a, b, (a, b) => a - b)),
  mul: (a: Any, b: Any) => (areNumbers(a, b) ? a * b : otherwise("mul", a, b, (a, b) => a * b)),
  div: (a: Any, b: Any) => (areNumbers(a, b) ? a / b : otherwise("div", a, b, (a, b) => a / b)),
  mod: (a: Any, b: Any) => (areNumbers(a, b) ? a % b : otherwise("mod", a, b, (a, b) => a % b)),
  pow: (a: Any, b: Any) => (areNumbers(a, b) ? a ** b : otherwise("pow", a, b, (a, b) => a ** b)),
  lt: (a: Any, b: Any) => (areNumbers(a, b) ? a < b : otherwise("lt", a, b, (a, b) => a < b)),
  le: (a: Any, b: Any) => (areNumbers(a, b) ? a <= b : otherwise("le", a, b, (a, b) => a <= b)),
  gt: (a: Any, b: Any) => (areNumbers(a, b) ? a > b : otherwise("gt", a, b, (a, b) => a > b)),
  ge: (a: Any, b: Any) => (areNumbers(a, b) ? a >= b : otherwise("ge", a, b, (a, b) => a >= b)),
  eq: (a: Any, b: Any) => (areNumbers(a, b) ? a === b : areEqual("eq", a, b)),
  ne: (a: Any, b: Any) => (areNumbers(a, b) ? a !== b : areEqual("ne", a, b)),
  neg: (a: Any) => (typeof a === "number" ? -a : (flowOf(a)?.unary("neg", a) ?? -(a as Any))),
  not: (a: unknown) => flowOf(a)?.unary("logicalNot", a) ?? !a,
};
