/** A straight program: steps in the order of their running, values with global identity. */
import type { Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type {
  Apply,
  Decide,
  Effect,
  Exit,
  Gradient,
  Merge,
  OpNode,
  Region,
  Result,
  Slot,
  Take,
} from "../ir/node.ts";
import type { Time } from "../ir/time.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";

/** One value of the straight program. */
export interface Var {
  readonly type: Type;
  /** Where it comes from, when no step makes it. */
  readonly source?: Source;
  /** Of the user's making: its sizes may differ from run to run, so that only its dtype and rank are compiled in. */
  readonly loose?: boolean;
  /** The branches that must be taken for it to be there. */
  readonly branches?: readonly Branch[];
}

/** One side of a decision. */
export interface Branch {
  readonly decision: Var;
  readonly want: boolean;
}

export type Source =
  /** An argument of the run, by its place. */
  | { readonly kind: "input"; readonly index: number }
  /** What the program around passes in. */
  | { readonly kind: "given"; readonly result: Result }
  /** A parameter: part of the compiled piece, by reference. */
  | { readonly kind: "weight"; readonly slot: Slot }
  /** A number of a module's body, or a weight in its file that the user's ops read: part of the compiled piece. */
  | { readonly kind: "constant"; readonly value: Host }
  /** A number of the user's: an input of the compiled piece, so that a loop over it compiles once. */
  | { readonly kind: "value"; readonly value: Host; readonly result: Result };

interface Common {
  readonly inputs: readonly (Var | undefined)[];
  readonly outputs: readonly Var[];
  /** The branches in which it is run; none for what always is. */
  readonly branches: readonly Branch[];
  /** The modules around it, outermost first, of what a model does itself. */
  readonly scope?: readonly string[];
  /** The unit that was opened around it, such as a block of a transformer in which something is touched. */
  readonly unit?: Unit;
}

/** A unit as it would run if nobody touched it. */
export interface Unit {
  readonly fn: Fn;
  /** When the run of the model reaches it. */
  readonly at: Time;
  readonly inputs: readonly Var[];
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
  /** When the run of the model reaches it. */
  readonly at: Time;
  /** Whether it is a piece by itself, the same in every trace; else it is part of an opened unit. */
  readonly alone: boolean;
  /** What its products make that going back through it takes over, where there is room to keep it. */
  readonly kept?: readonly Var[];
}

/** Done on the host: a log line. */
export interface EffectStep extends Common {
  readonly kind: "effect";
  readonly node: Effect;
  readonly message: readonly Tree<Var>[];
}

/** Done on the host: a value read as true or false. */
export interface DecideStep extends Common {
  readonly kind: "decide";
  readonly node: Decide;
}

/** Done on the host: one of two values, by a decision. Its inputs are the decision, the value if so, the value if not. */
export interface MergeStep extends Common {
  readonly kind: "merge";
  /** The condition, or the backward pass that came to it. */
  readonly node: Merge | Gradient;
}

/** Done on the host: a function called with concrete values. */
export interface ApplyStep extends Common {
  readonly kind: "apply";
  readonly node: Apply;
  readonly args: readonly Tree<Var>[];
}

/** Run by itself: a program within this one. */
export interface RegionStep extends Common {
  readonly kind: "region";
  readonly node: Region;
}

/** Done on the host: a value that a region has made, and whether it has. */
export interface TakeStep extends Common {
  readonly kind: "take";
  readonly node: Take;
}

/** Ends the program, and what is around it up to what is left. */
export interface ExitStep extends Common {
  readonly kind: "exit";
  readonly node: Exit;
}

/**
 * Goes back through steps, from the gradients of what they make to those of what they need. The steps are computed once
 * more, but for what was kept of them.
 */
export interface BackwardStep extends Common {
  readonly kind: "backward";
  readonly steps: readonly (OpStep | CallStep)[];
  /** The gradient of a value that the steps make. */
  readonly given: readonly { readonly of: Var; readonly grad: Var }[];
  /** One for each output: a value that the steps need, or a parameter in them. */
  readonly wanted: readonly (Var | Slot)[];
  /** What may have been kept on the way there. */
  readonly kept?: readonly Var[];
}

export type Step =
  | OpStep
  | CallStep
  | EffectStep
  | DecideStep
  | MergeStep
  | ApplyStep
  | RegionStep
  | TakeStep
  | ExitStep
  | BackwardStep;

/** The straight program of a trace, and the value that stands for each wanted result. */
export interface Straight {
  readonly steps: readonly Step[];
  readonly wanted: readonly Wanted[];
}

/** A value that is needed as it is, when the branches in which that was said are taken. */
export interface Asked {
  readonly value: Var;
  readonly branches: readonly Branch[];
}

/** A value that is asked for back. */
export interface Wanted extends Asked {
  readonly result: Result;
}

const names = {
  effect: "log",
  decide: "decide",
  merge: "merge",
  region: "region",
  take: "take",
  exit: "exit",
  backward: "backward",
} as const;

/** One line a step: `v3 = layers.0(v1, v2)`; for people and tests. */
export function print(steps: readonly Step[]): string {
  const known = new Map<Var, string>();
  const name = (value: Var | undefined): string => {
    if (!value) return "-";
    const old = known.get(value);
    if (old) return old;
    const made = value.source?.kind === "weight" ? value.source.slot.name : undefined;
    const fresh = made ?? `${value.source?.kind ?? "v"}${known.size}`;
    known.set(value, fresh);
    return fresh;
  };
  return steps
    .map((step) => {
      const what =
        step.kind === "call"
          ? step.path
          : step.kind === "op"
            ? step.node.op
            : step.kind === "apply"
              ? step.node.name
              : names[step.kind];
      const operands = step.inputs.map(name).join(", ");
      const results = step.outputs.map(name).join(", ");
      const branches = step.branches.map(({ decision, want }) => `${want ? "" : "not "}${name(decision)}`);
      const when = branches.length ? ` if ${branches.join(" and ")}` : "";
      return `${results}${results && " = "}${what}(${operands})${when}`;
    })
    .join("\n");
}
