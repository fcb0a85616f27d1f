/** Conditions: what is written in a branch runs only when it is taken, and what it has changed is merged after it. */
import { RuntimeError, ShapeError, TypeError } from "../base/errors.ts";
import { atPath, mapTree } from "../base/tree.ts";
import { here, type Where } from "../base/where.ts";
import type { Guard, Result } from "../ir/node.ts";
import { scalar } from "../tensor/host.ts";
import { type Dim, printType, sameDim, type Type } from "../tensor/type.ts";
import { broughtInto } from "./apply.ts";
import { closing } from "./block.ts";
import { refuseAsync } from "./callback.ts";
import { noteRebind } from "./cells.ts";
import type { Recording } from "./recording.ts";
import { Tensor } from "./tensor.ts";
import { isHeld, Value } from "./value.ts";

/** What can decide: a value of the trace, or one that is known already. */
export type Condition = Tensor | Value | boolean | number;

export class Branches {
  /** The decision of the condition that was closed last at this depth, for `else`. */
  #last: Result | undefined;

  constructor(readonly recording: Recording) {}

  /** Opens the branch of a condition as a block; the function closes it. */
  openBlock(condition: Condition): () => void {
    const where = here();
    return closing("cond", this.recording, where, this.#open(condition, where));
  }

  #open(condition: Condition, where: Where): () => void {
    const { recording } = this;
    recording.requireOpen("cond");
    const value = isHeld(condition)
      ? broughtInto(recording, condition.state)
      : recording.bring(scalar(condition, typeof condition === "boolean" ? "bool" : "float32"));
    return this.#enter(recording.builder.decide(value, where), true);
  }

  /** Opens the other branch of the condition just closed. @throws RuntimeError when there is none */
  openElse(): () => void {
    if (!this.#last)
      throw new RuntimeError(
        "else() stands directly after a cond: `{ using c = tracer.cond(x); … } { using e = tracer.else(); … }`.",
      );
    return closing("else", this.recording, here(), this.#enter(this.#last, false));
  }

  /** The callback form: the value of the branch that is taken. */
  run(condition: Condition, yes: () => unknown, no?: () => unknown): unknown {
    const one = this.#within(this.#open(condition, here()), yes);
    const decision = this.#last!;
    if (!no) return one;
    const other = this.#within(this.#enter(decision, false), no);
    return mapTree(one, isHeld, (held, path) => {
      const partner = atPath(other, path);
      if (isHeld(partner)) return this.#merged(decision, held, partner);
      throw new TypeError(
        "the two branches of a cond give values of different forms: give the same from both.",
      );
    });
  }

  #within(close: () => void, body: () => unknown): unknown {
    try {
      return refuseAsync(body(), "cond");
    } finally {
      close();
    }
  }

  #enter(decision: Result, want: boolean): () => void {
    const { recording } = this;
    const { builder } = recording;
    const outer = builder.guard;
    const guard: Guard = { decision, want, ...(outer && { outer }) };
    const rebound: Recording["rebound"][number] = new Map();
    recording.rebound.push(rebound);
    builder.guard = guard;
    return () => {
      recording.rebound.splice(recording.rebound.indexOf(rebound));
      builder.guard = outer;
      for (const [cell, before] of rebound) {
        const inside = broughtInto(recording, cell.lazy);
        const old = broughtInto(recording, before);
        if (inside === old) continue;
        const [yes, no] = want ? [inside, old] : [old, inside];
        const result = builder.merge(decision, yes, no, common(yes.type, no.type));
        noteRebind(cell, before, recording);
        cell.hold({ scope: recording, result });
      }
      this.#last = decision;
    };
  }

  #merged(decision: Result, one: Tensor | Value, other: Tensor | Value): Tensor | Value {
    const { recording } = this;
    const yes = broughtInto(recording, one.state);
    const no = broughtInto(recording, other.state);
    const result = recording.builder.merge(decision, yes, no, common(yes.type, no.type));
    const state = { scope: recording, result };
    return result.type.dynamic ? new Value(state) : new Tensor(state);
  }
}

/** The type of either: sizes that differ are known only at the run. @throws ShapeError for another dtype or rank */
function common(a: Type, b: Type): Type {
  if (a.dynamic || b.dynamic) return a.dynamic ? a : b;
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length)
    throw new ShapeError(
      `the branches of a condition give ${printType(a)} and ${printType(b)}: give values of one dtype and one number of dimensions.`,
    );
  const either = (dim: Dim, i: number): Dim => (sameDim(dim, b.shape[i]!) ? dim : { name: "branch" });
  return { dtype: a.dtype, shape: a.shape.map(either) };
}
