/** A value as true or false, as Python's `bool` reads it. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import type { Made } from "../ir/node.ts";

/** @throws RuntimeError for a tensor of several values */
export function decide(made: Made): boolean {
  if ("plain" in made) return truthOf(made.plain);
  const { data } = made;
  if (data.length === 1) return Number(data[0]) !== 0;
  throw new RuntimeError(
    `Boolean value of Tensor with ${data.length ? "more than one value" : "no values"} is ambiguous`,
  );
}

/** Python's truth of a plain value: empty containers and texts are false. */
function truthOf(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === "string") return value.length > 0;
  if (value instanceof Set || value instanceof Map) return value.size > 0;
  if (isPlainObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
