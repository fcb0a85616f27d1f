/** Values of which only the run tells what they are: every op works on them, on the host, as it would on what they hold. */
import { ShapeError, TypeError } from "../base/errors.ts";
import { here, lineOf } from "../base/where.ts";
import { opNamed, opNames } from "../ops/named.ts";
import type { OpName } from "../ops/table.ts";
import { cast, type Host, isHost, scalar } from "../tensor/host.ts";
import { printType, type Type } from "../tensor/type.ts";
import { tensor } from "./create.ts";
import { dynamics } from "./operands.ts";
import { member, operators } from "./python.ts";
import type { Index } from "./state.ts";
import { call, Tensor } from "./tensor.ts";
import { applied, brought, Value } from "./value.ts";
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
  return call(name, [
    typeof first === "number" || typeof first === "boolean" ? tensor(first) : first,
    ...others,
  ]);
}

/** Records an op whose operands, or members of a list of them (`cat`), only the run knows; at once where all are there. */
export function dynamicCall(name: OpName, args: readonly unknown[]): unknown {
  const now = (arg: unknown): unknown => (arg instanceof Value && !arg.pending ? arg.value : arg);
  const there = args.map((arg) => (Array.isArray(arg) ? arg.map(now) : now(arg)));
  if (!there.flat().some((arg) => arg instanceof Value)) return operate(name, there);
  return applied(name, (...given) => operate(name, given), there);
}

/**
 * A value as a tensor of a known type, as a module or a part of a tensor takes it; numbers become tensors.
 * @throws ShapeError or TypeError at the run for anything else
 */
export function asTensor(value: unknown, type: Type, what: string): Tensor {
  if (value instanceof Tensor) return value;
  const where = here();
  const convert = (made: unknown): Host => {
    const state = made instanceof Tensor ? made.state : made;
    if (typeof state === "number" || typeof state === "boolean") return scalar(state, type.dtype);
    if (!isHost(state))
      throw new TypeError(
        `${what} takes a tensor, but the value written at ${lineOf(where)} is ${describe(made)}.`,
      );
    return state;
  };
  if (value instanceof Value && !value.pending) return new Tensor(convert(value.value));
  const recording = writable();
  const after: Parameters<typeof brought>[2] = [];
  const args = [brought(recording, value, after)];
  const run = ([made]: readonly unknown[]): Host => {
    const host = convert(isHost(made) ? made : (made as { plain: unknown }).plain);
    const fits =
      host.shape.length === type.shape.length &&
      type.shape.every((dim, i) => typeof dim !== "number" || dim === host.shape[i]);
    if (host.shape.length && !fits)
      throw new ShapeError(
        `${what} is ${printType(type)}, but ${printType(host)} was written at ${lineOf(where)}.`,
      );
    return host.dtype === type.dtype ? host : cast(host, type.dtype);
  };
  const result = recording.builder.apply("tensor", args, run, after, where, type);
  return new Tensor({ scope: recording, result });
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
] as const)
  Object.defineProperty(Value.prototype, name, {
    value(this: Value, other: unknown) {
      return this.update(dynamicCall(op, [this, other]));
    },
    configurable: true,
    writable: true,
  });

function tensorIn(self: unknown, use: string): Tensor {
  if (self instanceof Tensor) return self;
  throw new TypeError(`${use} is of a tensor, but the value is ${describe(self)}.`);
}

Object.assign(dynamics, {
  owns: (x: unknown) => x instanceof Value,
  call: dynamicCall,
  asTensor,
  at: (self: unknown, ...indices: Index[]) =>
    self instanceof Tensor ? self.at(...indices) : member(self, indices[0]),
  item: (self: unknown) => (self instanceof Tensor ? self.item() : self),
  length: (self: unknown) =>
    self instanceof Tensor
      ? self.shape[0]
      : ((self as { length?: number }).length ??
        (self as { size?: number }).size ??
        Object.keys(self as object).length),
  shape: (self: unknown) => tensorIn(self, "shape").shape,
  write(value: Value, indices: readonly Index[], content: unknown) {
    const write = (self: unknown, ...rest: unknown[]): unknown =>
      call("setitem", [tensorIn(self, "writing by index"), ...rest]);
    value.update(applied("setitem", write, [value, content, ...indices]));
  },
} satisfies typeof dynamics);
