/** A value as true or false, as Python's `bool` reads it. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { Decide, Made } from "../ir/node.ts";

/** @throws RuntimeError for a tensor of several values, with the node that made it and the user's line */
export function decide(made: Made, node: Decide): boolean {
  if ("plain" in made) return truthOf(made.plain);
  const value = made;
  if (value.data.length === 1) return Number(value.data[0]) !== 0;
  const problem =
    value.data.length === 0
      ? "Boolean value of Tensor with no values is ambiguous"
      : "Boolean value of Tensor with more than one value is ambiguous";
  throw new RuntimeError(
    `${problem}\n\nAbove exception when execution Node: '${node.names.node}' in Graph: '${node.names.graph}'\n` +
      `The condition at ${node.where ? lineOf(node.where) : "an unknown line"} is no single value: reduce it first, as in \`ops.all(x)\` or \`ops.any(x)\`.`,
  );
}

/** Python's truth of a plain value: empty containers and texts are false. */
function truthOf(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === "string") return value.length > 0;
  if (value instanceof Set || value instanceof Map) return value.size > 0;
  if (isPlainObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
