/** The library's own functions of the host by name: what a program may call that runs on another machine. */
import { ValueError } from "../base/errors.ts";
import type { Apply } from "../ir/node.ts";
import { noteReading } from "../ir/reading.ts";
import type { Type } from "../tensor/type.ts";
import { asMade, heldTree } from "./made.ts";

// biome-ignore lint/suspicious/noExplicitAny: each has arguments of its own, which only the run knows
export type HostFunction = (...args: any[]) => unknown;

/** A function of the host as data. */
export interface Step {
  readonly name: string;
  /** What it was made with: texts and numbers. */
  readonly params: readonly (string | number)[];
}

/** What is known of a function of the host beside what it does. */
interface Facts<P extends readonly (string | number)[]> {
  /** The type of what it gives, where that is known before the run. */
  readonly type?: (...params: P) => Type | undefined;
  /** Whether it may draw random numbers. */
  readonly draws?: boolean;
  /** Whether it only reads its arguments: it changes none, draws nothing, and is the same whenever it is called. */
  readonly reads?: boolean | ((...params: P) => boolean);
}

const makers = new Map<string, (...params: readonly (string | number)[]) => HostFunction>();
const facts = new Map<string, Facts<readonly (string | number)[]>>();
const made = new Map<string, HostFunction>();
const runs = new WeakMap<HostFunction, Apply["run"]>();
const steps = new WeakMap<Apply["run"], Step>();

/** Gives a function its name; a program that calls it can travel. */
export function step<F extends HostFunction>(name: string, call: F, about: Facts<[]> = {}): F {
  makers.set(name, () => call);
  facts.set(name, about as never);
  noteStep(call, { name, params: [] });
  return call;
}

/** The same for functions that are made with parameters. */
export function stepFamily<P extends readonly (string | number)[]>(
  name: string,
  make: (...params: P) => HostFunction,
  about: Facts<P> = {},
): (...params: P) => HostFunction {
  makers.set(name, make as never);
  facts.set(name, about as never);
  return (...params) => stepNamed({ name, params });
}

/** @throws ValueError when the library has no function of this name, or it refuses the parameters */
export function stepNamed({ name, params }: Step): HostFunction {
  const maker = makers.get(name);
  if (!maker) throw new ValueError(`the library has no function '${name}' that a program can call.`);
  const key = JSON.stringify([name, params]);
  const known = made.get(key);
  if (known) return known;
  const call = maker(...params);
  noteStep(call, { name, params });
  if (params.length === 0) made.set(key, call);
  return call;
}

function noteStep(call: HostFunction, step: Step): void {
  const run = runOf(call);
  steps.set(run, step);
  const reads = facts.get(step.name)?.reads;
  if (typeof reads === "function" ? reads(...step.params) : reads) noteReading(run);
}

/** A function of values that users hold, as a run calls it. */
export function runOf(call: HostFunction): Apply["run"] {
  const known = runs.get(call);
  if (known) return known;
  const run: Apply["run"] = (args) => asMade(call(...args.map((tree) => heldTree(tree))));
  runs.set(call, run);
  return run;
}

/** The name of what a node calls; none for a function of the user's. */
export const stepOf = (run: Apply["run"]): Step | undefined => steps.get(run);

/** The type of what it gives, where that is known before the run. */
export const typeGiven = ({ name, params }: Step): Type | undefined => facts.get(name)?.type?.(...params);

/** Whether it may draw random numbers. */
export const draws = (run: Apply["run"]): boolean => facts.get(stepOf(run)?.name ?? "")?.draws ?? false;

/** Whether it has a name of its own among the library's. */
export const isStep = (call: HostFunction): boolean => {
  const run = runs.get(call);
  return run !== undefined && steps.has(run);
};

// Functions of the language itself that need nothing but their arguments.
for (const call of [Number, String, Boolean, BigInt]) step(call.name, call, { reads: true });
for (const name of Object.getOwnPropertyNames(Math).filter((name) => name !== "random")) {
  const call = (Math as unknown as Record<string, unknown>)[name];
  if (typeof call === "function") step(`Math.${name}`, call as HostFunction, { reads: true });
}
