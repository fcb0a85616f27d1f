/** Where the results of a body stand while it is opened. */
import type { Node, Result } from "../ir/node.ts";
import type { Branch, Source, Var } from "./step.ts";

export type Frame = Map<Result, Var>;

/** New values for the results of a node. */
export function results(frame: Frame, node: Node, user?: { readonly branches: readonly Branch[] }): Var[] {
  return node.results.map((result) => {
    const made: Var = { type: result.type, ...(user && { loose: true, branches: user.branches }) };
    frame.set(result, made);
    return made;
  });
}

/** The value of a node that no step makes. */
export function source(frame: Frame, node: Node, from: Source): void {
  const result = node.results[0]!;
  frame.set(result, {
    type: result.type,
    source: from,
    ...((from.kind === "value" || from.kind === "given") && { loose: true }),
  });
}
