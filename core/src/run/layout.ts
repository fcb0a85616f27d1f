/** Where the arguments and results of a function have their batch and their positions, if they can be taken apart there. */
import { leavesOf } from "../base/tree.ts";
import { apart, placeOf } from "../compile/apart.ts";
import { keptIn } from "../compile/gradients/calls.ts";
import type { Fn } from "../ir/fn.ts";
import { isResult } from "../ir/node.ts";
import { nameOfDim, sizeOfDim, type Type } from "../tensor/type.ts";

export interface Layout {
  /** Whether rows of several runs may be one run. */
  readonly rows: boolean;
  /** Whether a run may begin at a later position. */
  readonly tails: boolean;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Of what going back takes over. */
  readonly kept: readonly Place[];
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
    kept: keptIn(fn).map(({ type }) => places(type)),
    rows: apart(fn, "batch") !== undefined && inputs.some(({ batch }) => batch !== undefined),
    tails: apart(fn, "position") !== undefined && inputs.some(({ batch }) => batch !== undefined),
  };
  layouts.set(fn, layout);
  return layout;
}

/** Bytes of what going back takes over of a function, for these arguments. */
export function keptBytes(fn: Fn, inputs: readonly { readonly dims: readonly number[] }[]): number {
  const sizes = new Map<string | undefined, number>();
  for (const [i, { results }] of fn.inputs.entries())
    for (const [axis, dim] of results[0]!.type.shape.entries())
      sizes.set(nameOfDim(dim), inputs[i]!.dims[axis]!);
  const count = ({ shape }: Type): number =>
    shape.reduce<number>((n, dim) => n * (sizeOfDim(dim) ?? sizes.get(nameOfDim(dim)) ?? 1), 1);
  return keptIn(fn).reduce((sum, { type }) => sum + 4 * count(type), 0);
}

const places = (type: Type): Place => ({
  batch: placeOf(type, "batch"),
  position: placeOf(type, "position"),
  size: type.shape.reduce<number>((product, dim) => product * (sizeOfDim(dim) ?? 1), 1),
});
