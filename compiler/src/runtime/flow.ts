/** What compiled code asks of the library, which registers itself: is this a tensor, and what to do then. */

/** A variable, or a property of an object, that a branch or a loop body assigns. */
export interface Carried {
  readonly name: string;
  /** By its type; code that takes it for a number would not see that it has become a tensor. */
  readonly mayHoldTensors: boolean;
  get(): unknown;
  set(value: unknown): void;
  /** Whose property it is, if it is one. */
  owner?(): unknown;
}

export interface Flow {
  /** A tensor or another value with operators, lazy or concrete. */
  isOperand(value: unknown): boolean;
  binary(method: string, left: unknown, right: unknown): unknown;
  unary(method: string, operand: unknown): unknown;
  /** Python's truth of a value. @throws when it is lazy: `where` says what then cannot be recorded */
  truth(value: unknown, where: string): boolean;
  cond(
    condition: unknown,
    then: () => void,
    otherwise: (() => void) | undefined,
    carried: readonly Carried[],
  ): void;
  forOf(items: unknown, body: (item: unknown) => void, carried: readonly Carried[]): void;
  select(condition: unknown, then: () => unknown, otherwise: () => unknown): unknown;
  and(left: unknown, right: () => unknown): unknown;
  or(left: unknown, right: () => unknown): unknown;
}

const registered = Symbol.for("nnsight.flow");

/** The library, when it is loaded and the value is one of its own. */
export function flowOf(value: unknown): Flow | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const flow = (globalThis as { readonly [registered]?: Flow })[registered];
  return flow?.isOperand(value) ? flow : undefined;
}
