/** A hook: an edge of a call, where a user may look or write. */
import type { Path } from "../base/tree.ts";
import { printPath } from "../base/tree.ts";

export interface Hook {
  /** The module's path from the root; "" is the model itself. */
  readonly module: string;
  /** Which call of the module, from 0. */
  readonly call: number;
  /** What the call passes, or what it gets back. */
  readonly edge: "inputs" | "output";
  /** Which leaf: the place in `[args, kwargs]`, or in the output. */
  readonly leaf: Path;
}

/** One key for each edge of each call. */
export const edgeKey = (hook: Pick<Hook, "module" | "call" | "edge">): string =>
  `${hook.module}#${hook.call}.${hook.edge}`;

/** `model.layers.6.output[0]`, as a user would type it. */
export function printHook({ module, call, edge, leaf }: Hook): string {
  const times = call === 0 ? "" : `.calls[${call}]`;
  const first = edge === "inputs" && leaf[0] === 0 && leaf[1] === 0;
  const place = first ? `input${printPath(leaf.slice(2))}` : edge + printPath(leaf);
  return `${module || "model"}${times}.${place}`;
}
