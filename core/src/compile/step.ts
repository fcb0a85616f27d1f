/** A straight program: steps in the order of their running, values with global identity. */
import type { Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Effect, OpNode, Result, Slot } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";

/** One value of the straight program. */
export interface Var {
  readonly type: Type;
  /** Where it comes from, when no step makes it. */
  readonly source?: Source;
  /** Of the user's making: its sizes may differ from run to run, so that only its dtype and rank are compiled in. */
  readonly loose?: boolean;
}

export type Source =
  /** An argument of the run. */
  | { readonly kind: "input"; readonly value: Host }
  /** A parameter: part of the compiled piece, by reference. */
  | { readonly kind: "weight"; readonly slot: Slot }
  /** A number of a module's body: part of the compiled piece. */
  | { readonly kind: "constant"; readonly value: Host }
  /** A number of the user's: an input of the compiled piece, so that a loop over it compiles once. */
  | { readonly kind: "value"; readonly value: Host };

interface Common {
  readonly inputs: readonly (Var | undefined)[];
  readonly outputs: readonly Var[];
}

/** An op of the table, from a module's body or from the user. */
export interface OpStep extends Common {
  readonly kind: "op";
  readonly node: OpNode;
}

/** A module that nobody looks into. */
export interface CallStep extends Common {
  readonly kind: "call";
  readonly path: string;
  readonly fn: Fn;
  /** Whether it is a piece by itself, the same in every trace; else it is part of an opened unit. */
  readonly alone: boolean;
}

/** Done on the host: a log line. */
export interface EffectStep extends Common {
  readonly kind: "effect";
  readonly node: Effect;
  readonly message: readonly Tree<Var>[];
}

export type Step = OpStep | CallStep | EffectStep;

/** The straight program of a trace, and the value that stands for each wanted result. */
export interface Straight {
  readonly steps: readonly Step[];
  readonly wanted: ReadonlyMap<Result, Var>;
}

/** One line a step: `v3 = layers.0(v1, v2)`; for people and tests. */
export function print(steps: readonly Step[]): string {
  const names = new Map<Var, string>();
  const name = (value: Var | undefined): string => {
    if (!value) return "-";
    const known = names.get(value);
    if (known) return known;
    const made = value.source?.kind === "weight" ? value.source.slot.name : undefined;
    const fresh = made ?? `${value.source?.kind ?? "v"}${names.size}`;
    names.set(value, fresh);
    return fresh;
  };
  return steps
    .map((step) => {
      const what = step.kind === "call" ? step.path : step.kind === "op" ? step.node.op : "log";
      const operands = step.inputs.map(name).join(", ");
      const results = step.outputs.map(name).join(", ");
      return `${results}${results && " = "}${what}(${operands})`;
    })
    .join("\n");
}
