/** A trace as data: a model's function, what the user recorded, and what is wanted back. */

import type { Fn } from "./fn.ts";
import type { Hook } from "./hook.ts";
import { type Guard, guardsOf, inputsOf, type Node, orderOf, type Result } from "./node.ts";
import { later, start, type Time } from "./time.ts";

/** One leaf of an edge that a trace touches. */
export interface Touch {
  readonly hook: Hook;
  /** The place of the leaf among the leaves of the edge. */
  readonly index: number;
  /** Stands for what the model makes there. */
  readonly read: Result;
  /** What the model goes on with instead. */
  readonly write?: Result;
}

/** A value that is wanted back, if the branch in which that was said is taken. */
export interface Save {
  readonly result: Result;
  readonly guard?: Guard;
  /** Only for programs around, not for whoever wrote it. */
  readonly lent?: true;
}

export interface Program {
  /** Its name in errors. */
  readonly id: string;
  readonly root: Fn;
  readonly nodes: readonly Node[];
  readonly touches: readonly Touch[];
  readonly saves: readonly Save[];
  /** Nothing later than this is run. */
  readonly stop?: Time;
}

/** A model that does nothing, for what is written outside models. */
export const nothing: Fn = { name: "", inputs: [], args: [], nodes: [], output: null };

/** When something is there, and the hook that makes it so late. */
export interface Moment {
  readonly time: Time;
  readonly cause?: Hook;
}

/** The earliest time at which each node's inputs are all there. */
export class Clock {
  readonly #times = new Map<Node, Moment>();

  of(node: Node): Moment {
    const known = this.#times.get(node);
    if (known) return known;
    let moment: Moment = { time: start };
    if (node.kind === "gradient" && node.role === "of")
      // A gradient is there when the pass has begun; before that is known, at the end of all.
      return node.pass.from ? this.of(node.pass.from) : { time: [Number.POSITIVE_INFINITY] };
    if (node.kind === "hook") moment = { time: node.time, cause: node.hook };
    else
      for (const input of [
        ...inputsOf(node),
        ...orderOf(node),
        ...guardsOf(node).map(({ decision }) => decision),
      ]) {
        const other = this.of(input.node);
        if (later(moment.time, other.time) !== moment.time) moment = other;
      }
    this.#times.set(node, moment);
    return moment;
  }
}
