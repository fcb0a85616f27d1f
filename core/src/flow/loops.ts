/** `for (const item of items)` over a value: one that is there is gone through, over a lazy one the loop is recorded. */
import { TypeError } from "../base/errors.ts";
import { guarded } from "../trace/contexts.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { applied, same, Value } from "../trace/value.ts";
import { writable } from "../trace/writable.ts";
import type { Carried } from "./index.ts";
import { recorder } from "./recorder.ts";
import { requireSwitchedOn } from "./switch.ts";
import { isPending, type Operand } from "./truth.ts";

export function forOf(items: Operand, body: (item: unknown) => void, carried: readonly Carried[]): void {
  requireSwitchedOn(items, "for");
  if (isPending(items)) guarded(() => record(items, body, carried));
  else for (const item of items instanceof Tensor ? items : (items.value as Iterable<unknown>)) body(item);
}

/** What the body assigns becomes a variable of the loop, and is lazy after it. */
function record(items: Operand, body: (item: unknown) => void, carried: readonly Carried[]): void {
  const variables = carried
    .filter(({ mayHoldTensors }) => mayHoldTensors)
    .map((variable) => ({ variable, before: variable.get(), handle: handleFor(variable.get()) }));
  const plain = carried.filter(({ mayHoldTensors }) => !mayHoldTensors);
  const before = plain.map((variable) => variable.get());
  const changed = new Set<Carried>();
  recorder("loop").iter(items, (item) => {
    for (const { variable, handle } of variables) variable.set(handle);
    body(item);
    for (const { variable, handle } of variables) {
      const after = variable.get();
      if (after === handle) continue;
      handle.update(after as never);
      changed.add(variable);
    }
    for (const [i, variable] of plain.entries())
      if (!Object.is(variable.get(), before[i])) throw unlike(variable);
  });
  for (const { variable, before: old, handle } of variables)
    variable.set(changed.has(variable) ? handle : old);
}

/** A handle of its own for what a variable holds, in the program that is written. */
function handleFor(value: unknown): Operand {
  if (value instanceof Value) return new Value(value.state);
  if (!(value instanceof Tensor)) return applied("value", same, [value]);
  const { state } = value;
  const scope = writable();
  return new Tensor(isLazy(state) ? state : { scope, result: scope.bring(state) });
}

const unlike = ({ name }: Carried): TypeError =>
  new TypeError(
    `the variable '${name}' is assigned in a loop over a lazy value, whose body is written once and run for each item, so it is lazy, too, ` +
      `but its type takes no lazy value. Declare it as \`let ${name}: Tensor | number = …\`, or collect in a \`nnsight.list()\`.`,
  );
