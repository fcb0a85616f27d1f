/** Where the arguments and results of a function have their batch and their positions, if they can be taken apart there. */
import { leavesOf } from "../base/tree.ts";
import { apart, placeOf } from "../compile/apart.ts";
import type { Fn } from "../ir/fn.ts";
import { isResult } from "../ir/node.ts";
import { sizeOfDim, type Type } from "../tensor/type.ts";

export interface Layout {
  /** Whether rows of several runs may be one run. */
  readonly rows: boolean;
  /** Whether a run may begin at a later position. */
  readonly tails: boolean;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
}

/** The axes of one tensor. */
export interface Place {
  readonly batch: number | undefined;
  readonly position: number | undefined;
  /** Values in one place of both. */
  readonly size: number;
}

const layouts = new WeakMap<Fn, Layout>();

export function layoutOf(fn: Fn): Layout {
  const known = layouts.get(fn);
  if (known) return known;
  const inputs = fn.inputs.map(({ results }) => places(results[0]!.type));
  const outputs = leavesOf(fn.output, isResult).map(({ type }) => places(type));
  const layout: Layout = {
    inputs,
    outputs,
    rows: apart(fn, "batch") !== undefined && inputs.some(({ batch }) => batch !== undefined),
    tails: apart(fn, "position") !== undefined && inputs.some(({ batch }) => batch !== undefined),
  };
  layouts.set(fn, layout);
  return layout;
}

const places = (type: Type): Place => ({
  batch: placeOf(type, "batch"),
  position: placeOf(type, "position"),
  size: type.shape.reduce<number>((product, dim) => product * (sizeOfDim(dim) ?? 1), 1),
});
