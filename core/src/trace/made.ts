/** Values of a run as users hold them, and back. */
import { mapTree, type Tree } from "../base/tree.ts";
import type { Made } from "../ir/node.ts";
import { isHost } from "../tensor/host.ts";
import { isLazy } from "./state.ts";
import { Tensor } from "./tensor.ts";

const isMade = (x: unknown): x is Made =>
  typeof x === "object" && x !== null && ("plain" in x || (isHost(x) && !(x instanceof Tensor)));

/** A value of the run as a user holds it. */
export const held = (made: Made): unknown => ("plain" in made ? made.plain : new Tensor(made));

/** Values of the run anywhere in a tree, as a user holds them. */
export const heldTree = (tree: Tree<Made>): Tree<unknown> => mapTree(tree, isMade, held);

/** What a function of the host gave, as a run keeps it. */
export function asMade(value: unknown): Made {
  const state = value instanceof Tensor ? value.state : undefined;
  return state && !isLazy(state) ? state : { plain: value };
}
