/** What was given in place of a tensor, in words. */
import { isLater } from "./later.ts";

export function describe(x: unknown): string {
  if (x === null) return "null";
  if (Array.isArray(x)) return "an array (make it a tensor with `tensor([...])`)";
  if (isLater(x))
    return "the promise of a trace (for its values write `const value = session.trace(model, input, () => …)`)";
  if (typeof x === "number") return `the number ${x} (\`output.fill(${x})\` writes it everywhere)`;
  if (x instanceof Promise) return "a promise (await it before the trace)";
  return typeof x;
}
