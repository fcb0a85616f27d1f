/** Values of which only the run tells what they are: every op works on them, on the host, as it would on what they hold. */
import { ShapeError, TypeError, ValueError } from "../base/errors.ts";
import { leavesOf } from "../base/tree.ts";
import { here, lineOf, takeSite } from "../base/where.ts";
import { opNamed, opNames } from "../ops/named.ts";
import type { OpName } from "../ops/table.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { cast, type Host, isHost, scalar } from "../tensor/host.ts";
import { printType, type Type } from "../tensor/type.ts";
import { tensor } from "./create.ts";
import { dynamics } from "./operands.ts";
import { member, operators } from "./python.ts";
import type { Index } from "./state.ts";
import { runOf, step, stepFamily } from "./steps.ts";
import { call, named, Tensor } from "./tensor.ts";
import { applied, brought, isValue, Value, valuesIn } from "./value.ts";
import { writable } from "./writable.ts";

/** A lazy value with every op: it may turn out to be a tensor or anything else. */
// biome-ignore lint/suspicious/noExplicitAny: its type is not known, which is what it is for
export type Dynamic = Tensor & Value<any>;

/** Runs an op on what the operands are: Python's own on plain values, the table's when one is a tensor. */
function operate(name: OpName, args: readonly unknown[]): unknown {
  const python = operators[name];
  if (python && !args.some((arg) => arg instanceof Tensor)) return python(args[0], args[1]);
  if (name === "neg" && typeof args[0] === "number") return -args[0];
  const [first, ...others] = args;
  const isPlain = typeof first === "number" || typeof first === "boolean";
  return call(name, [isPlain && !opNamed(name).functionOnly ? tensor(first) : first, ...others]);
}

const operation = stepFamily(
  "op",
  (name: string) => {
    if (!opNames.includes(name as OpName)) throw new ValueError(`there is no op '${name}'.`);
    return (...args) => operate(name as OpName, args);
  },
  { reads: (name) => opNamed(name as OpName).host !== true },
);

/** Records an op whose operands only the run knows; at once where all are there. */
export function dynamicCall(name: OpName, args: readonly unknown[]): unknown {
  const there = valuesIn(args);
  if (!leavesOf(there, isValue).length) {
    takeSite();
    return operate(name, there);
  }
  const made = applied(name, operation(name), there);
  const names = resultsOf(name, args);
  return names
    ? named(
        names,
        names.map((one) => made.get(one)),
      )
    : made;
}

/** The names of the results, where there are several: of `max` and its like when a dimension is given. */
function resultsOf(name: OpName, args: readonly unknown[]): readonly string[] | undefined {
  const { results, oneAlone } = opNamed(name);
  return oneAlone && typeof args[1] !== "number" ? undefined : results;
}

/**
 * A value as a tensor of a known type, as a module or a part of a tensor takes it; numbers become tensors.
 * @throws ShapeError or TypeError at the run for anything else
 */
export function asTensor(value: unknown, type: Type, what: string): Tensor {
  if (value instanceof Tensor) return value;
  const where = here();
  if (value instanceof Value && !value.pending)
    return new Tensor(numbersIn(value.value, type.dtype, what, lineOf(where)));
  const recording = writable();
  const after: Parameters<typeof brought>[2] = [];
  const args = [brought(recording, value, after)];
  const sizes = type.shape.map((dim) => (typeof dim === "number" ? dim : dim.name));
  const run = runOf(conversion(printType(type), what, lineOf(where), type.dtype, ...sizes));
  const result = recording.builder.apply("tensor", args, run, after, where, type);
  return new Tensor({ scope: recording, result });
}

/** Makes what is written into a tensor of a dtype and sizes; sizes with names may be any. */
const conversion = stepFamily(
  "tensor",
  (type: string, what: string, line: string, dtype: string, ...sizes: readonly (number | string)[]) => {
    const wanted = dtypeNames.find((one) => one === dtype);
    if (!wanted) throw new ValueError(`there is no dtype '${dtype}'.`);
    return (made: unknown): Tensor => {
      const host = numbersIn(made, wanted, what, line);
      const fits =
        host.shape.length === sizes.length &&
        sizes.every((size, i) => typeof size !== "number" || size === host.shape[i]);
      if (host.shape.length && !fits)
        throw new ShapeError(`${what} is ${type}, but ${printType(host)} was written at ${line}.`);
      return new Tensor(host.dtype === wanted ? host : cast(host, wanted));
    };
  },
  {
    reads: true,
    type: (_type, _what, _line, dtype, ...sizes) => {
      const known = dtypeNames.find((one) => one === dtype);
      return (
        known && {
          dtype: known,
          shape: sizes.map((size) => (typeof size === "number" ? size : { name: size })),
        }
      );
    },
  },
);

function numbersIn(made: unknown, dtype: DType, what: string, line: string): Host {
  const state = made instanceof Tensor ? made.state : made;
  if (typeof state === "number" || typeof state === "boolean") return scalar(state, dtype);
  if (isHost(state)) return state;
  throw new TypeError(`${what} takes a tensor, but the value written at ${line} is ${describe(made)}.`);
}

const describe = (x: unknown): string =>
  x === null || x === undefined ? "None" : Array.isArray(x) ? "a list" : `a ${typeof x}`;

/** Ops as methods, where Python's built-ins have none of the name. */
for (const name of opNames)
  if (!opNamed(name).functionOnly && !Object.hasOwn(Value.prototype, name))
    Object.defineProperty(Value.prototype, name, {
      value(this: Value, ...args: unknown[]) {
        return dynamicCall(name, [this, ...args]);
      },
      configurable: true,
      writable: true,
    });

for (const [name, op] of [
  ["add_", "add"],
  ["sub_", "sub"],
  ["mul_", "mul"],
  ["div_", "div"],
  ["uniform_", "uniform"],
  ["normal_", "normal"],
] as const)
  Object.defineProperty(Value.prototype, name, {
    value(this: Value, ...others: unknown[]) {
      return this.update(dynamicCall(op, [this, ...others]));
    },
    configurable: true,
    writable: true,
  });

/** @throws TypeError for anything else */
export function tensorIn(self: unknown, use: string): Tensor {
  if (self instanceof Tensor) return self;
  throw new TypeError(`${use} is of a tensor, but the value is ${describe(self)}.`);
}

const reads = { reads: true };
const itemOf = step("item", (self: unknown): unknown => (self instanceof Tensor ? self.item() : self), reads);
const at = step(
  "at",
  (self: unknown, ...indices: Index[]) =>
    self instanceof Tensor ? self.at(...indices) : member(self, indices[0]),
  reads,
);
const length = step(
  "len",
  (self: unknown) =>
    self instanceof Tensor
      ? self.shape[0]
      : ((self as { length?: number }).length ??
        (self as { size?: number }).size ??
        Object.keys(self as object).length),
  reads,
);
const shape = step("shape", (self: unknown) => tensorIn(self, "shape").shape, reads);
const write = step("write", (self: unknown, ...rest: unknown[]) =>
  call("setitem", [tensorIn(self, "writing by index"), ...rest]),
);

Object.assign(dynamics, {
  owns: (x: unknown) => x instanceof Value,
  call: dynamicCall,
  asTensor,
  at,
  item: itemOf,
  lazyItem: (self: Tensor) => applied("item", itemOf, [self]),
  length,
  shape,
  write(value: Value, indices: readonly Index[], content: unknown) {
    value.update(applied("setitem", write, [value, content, ...indices]));
  },
} satisfies typeof dynamics);
