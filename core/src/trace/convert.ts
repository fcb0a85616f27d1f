/** Tensors as JavaScript values, and what a lazy one says when JavaScript wants one of it. */
import { TypeError } from "../base/errors.ts";
import { nodeName } from "../ir/name.ts";
import type { Node, Result } from "../ir/node.ts";
import { type Host, sizeOf, valueAt } from "../tensor/host.ts";

/** Nested arrays of numbers or booleans; int64 beyond 2^53 as BigInt. */
export function nested(host: Host): unknown {
  const value = (i: number): unknown => {
    const raw = valueAt(host, i);
    if (host.dtype === "bool") return raw !== 0;
    return typeof raw === "bigint" && Number.isSafeInteger(Number(raw)) ? Number(raw) : raw;
  };
  const build = (axis: number, offset: number): unknown => {
    if (axis === host.shape.length) return value(offset);
    const stride = sizeOf(host.shape.slice(axis + 1));
    return Array.from({ length: host.shape[axis]! }, (_, i) => build(axis + 1, offset + i * stride));
  };
  return build(0, 0);
}

/** The error for a use that needs numbers that are not there yet. */
export function refuse(use: string): TypeError {
  const loop = use === "iteration";
  return new TypeError(
    `a lazy value has no numbers before its trace has run, so it cannot be ${loop ? "iterated over" : `used as ${use}`}. ` +
      (loop
        ? "Loop over it with `tracer.iter(value, (item) => …)`, or in a cell with a `for` without break, continue, return or await in it (`iterator.exit()` leaves a loop); or save it and loop after the trace."
        : "Save it and use it after the trace (`const x = module.output.save()`), keep to tensor operations, or look at it with nnsight.log(x)."),
  );
}

/** JavaScript's ways through a list, for values without a type: what is there is gone through, what is lazy says what to do. */
export function addListWays(prototype: Iterable<unknown>): void {
  for (const name of ["map", "forEach", "filter", "find", "some", "every", "reduce", "flatMap"] as const)
    Object.defineProperty(prototype, name, {
      value(this: Iterable<unknown>, ...args: unknown[]) {
        return Reflect.apply(Array.prototype[name], [...this], args);
      },
      configurable: true,
      writable: true,
    });
}

/** What printing a lazy tensor shows: its kind and its node's name, and no value. */
export const printLazy = (result: Result, nodes: readonly Node[]): string =>
  `InterventionProxy (${nodeName(result.node, nodes)}): `;
