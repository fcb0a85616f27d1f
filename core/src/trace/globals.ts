/** Functions of the package that act on whatever trace is open. */
import { RuntimeError } from "../base/errors.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { currentScope, guarded } from "./contexts.ts";
import { appliedOwn, type Value } from "./value.ts";
import { writable } from "./writable.ts";
import { writeLog } from "./write-log.ts";

/**
 * Prints values when the run reaches them, as Python's `print` does.
 * @throws RuntimeError outside a trace
 */
export function log(...message: unknown[]): void {
  if (!currentScope())
    throw new RuntimeError("log() shows values of an open trace; outside one use console.log.");
  guarded(() => writeLog(writable(), message));
}

/**
 * Calls a function with the values of its arguments when the run has them; tensors may stand anywhere in them.
 * @example nnsight.apply((x: Tensor) => x.toArray(), model.layer1.output).save()
 * @throws RuntimeError outside a trace or session
 */
export function apply<A extends readonly unknown[], R>(
  call: (...args: A) => R,
  ...args: { [K in keyof A]: A[K] | Value }
): Value<R> {
  return guarded(() => appliedOwn(call as unknown as (...args: unknown[]) => R, args));
}

/** Keeps a value when its trace has run: the same as `value.save()`. */
export const save = <T extends { save(): unknown }>(value: T): T => {
  value.save();
  return value;
};

/** Starts the library's random numbers anew; the same seed gives the numbers that PyTorch gives. */
export function manualSeed(seed: number | bigint): void {
  defaultGenerator.manualSeed(seed);
}
