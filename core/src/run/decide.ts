/** A value as true or false, as Python's `bool` reads it. */
import { RuntimeError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import type { Decide } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";

/** @throws RuntimeError for a tensor of several values, with the node that made it and the user's line */
export function decide(value: Host, node: Decide): boolean {
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
