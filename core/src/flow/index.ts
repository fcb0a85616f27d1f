/** What compiled cells and files call where a value may be a tensor; the compiler finds it by a registered symbol. */

import { cond, select } from "./branches.ts";
import { and, or } from "./logic.ts";
import { forOf } from "./loops.ts";
import { binary, unary } from "./operators.ts";
import { isOperand, truth } from "./truth.ts";

/** A variable, or a property of a plain object, that a branch or a loop body assigns. */
export interface Carried {
  readonly name: string;
  /** By its type; code that takes it for a number would not see that it has become a tensor. */
  readonly mayHoldTensors: boolean;
  get(): unknown;
  set(value: unknown): void;
}

export const flow = { isOperand, binary, unary, truth, cond, forOf, select, and, or };
export type Flow = typeof flow;

Object.defineProperty(globalThis, Symbol.for("nnsight.flow"), { value: flow, configurable: true });
