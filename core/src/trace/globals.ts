/** Functions of the package that act on whatever trace is open. */
import { RuntimeError } from "../base/errors.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { currentScope } from "./contexts.ts";
import { Recording } from "./recording.ts";
import { tracerOf } from "./tracer.ts";

/**
 * Prints values when the run reaches them, as Python's `print` does.
 * @throws RuntimeError outside a trace
 */
export function log(...message: unknown[]): void {
  const scope = currentScope();
  const tracer = scope instanceof Recording ? tracerOf(scope) : undefined;
  if (!tracer) throw new RuntimeError("log() shows values of an open trace; outside one use console.log.");
  tracer.log(...message);
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
