/** What is read by index: its shape, and where its values lie. */
import { IndexError } from "../base/errors.ts";
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import { broadcast, type Dim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { readView, stridesOf, type View } from "../tensor/view.ts";
import { checkPositions, nonzeros } from "./index-lists.ts";
import { isFull, type Many, type Position, type Slice, type Step, span } from "./indices.ts";
import { broadcastTo, permuted } from "./kernels.ts";

/** Steps that a strided view can take. */
export type Simple = Position | Slice | { readonly kind: "new" };

/** Lists and tensors taken as whole dimensions, which is what is left to do for them. */
export interface Plan<S extends Step = Step> {
  /** The steps without lists and masks: each of their dimensions whole. */
  readonly simple: readonly Exclude<S, Many>[];
  readonly many: readonly Many[];
  /** The dimensions of what the simple steps give that the many take, in their order. */
  readonly taken: readonly number[];
  /** Where the dimensions of the positions go in the result: in place of the first, or in front when they lie apart. */
  readonly at: number;
}

export function planOf<S extends Step>(steps: readonly S[]): Plan<S> {
  const simple: Exclude<S, Many>[] = [];
  const many: Many[] = [];
  const taken: number[] = [];
  let made = 0;
  for (const step of steps) {
    if (step.kind === "many") {
      many.push(step);
      for (let i = 0; i < step.span; i++) {
        simple.push(fullSlice(step.axis + i) as Exclude<S, Many>);
        taken.push(made++);
      }
    } else {
      simple.push(step as Exclude<S, Many>);
      if (step.kind === "slice" || step.kind === "new") made++;
    }
  }
  const together = taken.every((dim, i) => i === 0 || dim === taken[i - 1]! + 1);
  return { simple, many, taken, at: together ? (taken[0] ?? 0) : 0 };
}

const fullSlice = (axis: number): Slice => ({ kind: "slice", axis, start: null, stop: null, step: 1 });

/** The shape of what is read; a dimension that is taken whole keeps its name. @throws ShapeError when lists do not broadcast */
export function indexedShape(steps: readonly Step[], x: Type): Dim[] {
  const { simple, many, taken, at } = planOf(steps);
  const shape = simple.flatMap((step): Dim[] => {
    if (step.kind === "position" || step.kind === "pick") return [];
    return step.kind === "new" ? [1] : [slicedDim(x.shape[step.axis]!, step)];
  });
  if (many.length === 0) return shape;
  const rest = shape.filter((_, i) => !taken.includes(i));
  return rest.toSpliced(at, 0, ...many.map((one) => one.shape).reduce(broadcast));
}

/** The values that are read. @throws IndexError for a position outside */
export function readIndexed(x: Host, steps: readonly Step[], tensors: readonly Host[]): Host {
  const { simple, many, taken, at } = planOf(steps);
  const part = readView(
    x,
    indexedView(
      simple.map((step) => settled(step, x, tensors)),
      x.shape,
    ),
  );
  if (many.length === 0) return part;
  const columns = many.flatMap((step) => columnsOf(step, x, tensors));
  const places = columns.map(({ shape }): readonly Dim[] => shape).reduce(broadcast) as number[];
  const kept = [...part.shape.keys()].filter((dim) => !taken.includes(dim));
  const front = permuted(part, [...taken, ...kept]);
  const strides = stridesOf(front.shape);
  const rows = columns.map((column) => broadcastTo(column, places).data);
  const left = kept.map((dim) => part.shape[dim]!);
  const width = sizeOf(left);
  const count = sizeOf(places);
  const out = allocate(x.dtype, count * width);
  for (let i = 0; i < count; i++) {
    let from = 0;
    for (const [k, row] of rows.entries()) {
      const place = Number(row[i]);
      from += (place < 0 ? place + front.shape[k]! : place) * strides[k]!;
    }
    for (let j = 0; j < width; j++) out[i * width + j] = front.data[from + j]!;
  }
  const shape = [...places, ...left];
  const back = moved(shape.length, places.length, at);
  return permuted({ dtype: x.dtype, shape, data: out }, back);
}

/** The order of dimensions that brings the first few to another place. */
export function moved(rank: number, count: number, at: number): number[] {
  const dims = Array.from({ length: rank }, (_, i) => i);
  return dims.slice(count).toSpliced(at, 0, ...dims.slice(0, count));
}

/** A position for a tensor that gives one. */
function settled(step: Exclude<Step, Many>, x: Host, tensors: readonly Host[]): Simple {
  if (step.kind !== "pick") return step;
  const { axis, tensor } = step;
  checkPositions(tensors[tensor]!, x.shape[axis]!, x, axis);
  return { kind: "position", axis, at: Number(tensors[tensor]!.data[0]) };
}

/** The positions along each dimension that a step takes. */
function columnsOf({ from, axis }: Many, x: Host, tensors: readonly Host[]): Host[] {
  if ("positions" in from) return [from.positions];
  const host = tensors[from.tensor]!;
  if (!from.mask) {
    checkPositions(host, x.shape[axis]!, x, axis);
    return [host];
  }
  const fits = host.shape.every((n, i) => n === x.shape[axis + i]);
  if (fits) return nonzeros(host);
  throw new IndexError(`a mask ${printType(host)} over dimension ${axis} of ${printType(x)}`);
}

/** Where the values of what is read lie. */
export function indexedView(steps: readonly Simple[], shape: readonly number[]): View {
  const strides = stridesOf(shape);
  const view = { shape: [] as number[], strides: [] as number[], start: 0 };
  for (const step of steps) {
    if (step.kind === "new") {
      view.shape.push(1);
      view.strides.push(0);
      continue;
    }
    const stride = strides[step.axis]!;
    if (step.kind === "position") {
      view.start += stride * (step.at < 0 ? step.at + shape[step.axis]! : step.at);
      continue;
    }
    const { first, count } = span(step, shape[step.axis]!);
    view.start += stride * first;
    view.shape.push(count);
    view.strides.push(stride * step.step);
  }
  return view;
}

function slicedDim(dim: Dim, slice: Slice): Dim {
  const n = sizeOfDim(dim);
  if (isFull(slice)) return dim;
  if (n === undefined) return { name: `slice(${printDim(dim)})` };
  const { count } = span(slice, n);
  return count === n ? dim : count;
}
