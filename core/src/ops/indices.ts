/** What a user writes between brackets: positions, slices, "...", null; read, checked and measured. */
import { IndexError, TypeError } from "../base/errors.ts";
import { type Dim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import type { View } from "../tensor/view.ts";
import { stridesOf } from "../tensor/view.ts";

/** A position, a slice such as "1:5", "..." or null for a new dimension. */
export type Index = number | string | null;

export interface Position {
  readonly kind: "position";
  readonly axis: number;
  readonly at: number;
}

export interface Slice {
  readonly kind: "slice";
  readonly axis: number;
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

/** One step of an index, in the order of the result. */
export type Step = Position | Slice | { readonly kind: "new" };

/** Indices as parameters. @throws TypeError for what is no index */
export function indicesOf(indices: readonly unknown[]): Index[] {
  return indices.map((index) => {
    if (index === null || (typeof index === "number" && Number.isInteger(index))) return index;
    if (typeof index === "string") {
      sliceOf(index);
      return index.replaceAll(" ", "");
    }
    const kind = Array.isArray(index) ? "a list" : typeof index === "object" ? "a tensor" : String(index);
    throw new TypeError(
      `${kind} cannot be an index: use a whole number, a slice such as "1:5", ":" or "::2", "..." or null`,
    );
  });
}

/** One step for each dimension of x, and for each new one. @throws IndexError when they do not fit x */
export function stepsOf(indices: readonly Index[], x: Type): Step[] {
  const rank = x.shape.length;
  const used = indices.filter((index) => index !== null && index !== "...").length;
  if (used > rank)
    throw new IndexError(`too many indices for tensor of dimension ${rank}: [${printIndices(indices)}]`);
  if (indices.filter((index) => index === "...").length > 1) {
    throw new IndexError(`[${printIndices(indices)}]: "..." may stand there once`);
  }
  const full = (axis: number): Slice => ({ kind: "slice", axis, start: null, stop: null, step: 1 });
  const steps: Step[] = [];
  let axis = 0;
  for (const index of indices.includes("...") ? indices : [...indices, "..."]) {
    if (index === null) steps.push({ kind: "new" });
    else if (index === "...") for (let i = used; i < rank; i++) steps.push(full(axis++));
    else if (typeof index === "number") steps.push(positionIn(x, axis++, index));
    else steps.push({ kind: "slice", axis: axis++, ...sliceOf(index)! });
  }
  return steps;
}

export const printIndices = (indices: readonly Index[]): string =>
  indices.map((index) => (typeof index === "string" ? `"${index}"` : String(index))).join(", ");

/** Whether a slice takes everything, whatever the size. */
export const isFull = (slice: Slice): boolean => !slice.start && slice.stop === null && slice.step === 1;

/** First place and number of places of a slice of `n`, as in Python. */
export function span({ start, stop, step }: Slice, n: number): { first: number; count: number } {
  const clip = (at: number) => Math.min(Math.max(at < 0 ? at + n : at, 0), n);
  const first = clip(start ?? 0);
  return { first, count: Math.max(Math.ceil((clip(stop ?? n) - first) / step), 0) };
}

/** The shape of what is read; a dimension that is taken whole keeps its name. */
export function indexedShape(steps: readonly Step[], x: Type): Dim[] {
  return steps.flatMap((step): Dim[] => {
    if (step.kind === "position") return [];
    return step.kind === "new" ? [1] : [slicedDim(x.shape[step.axis]!, step)];
  });
}

/** Where the values of what is read lie. */
export function indexedView(steps: readonly Step[], shape: readonly number[]): View {
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

function positionIn(x: Type, axis: number, at: number): Position {
  const size = sizeOfDim(x.shape[axis]!);
  if (size !== undefined && (at >= size || at < -size)) {
    throw new IndexError(
      `index ${at} is out of bounds for dimension ${axis} with size ${size} of ${printType(x)}`,
    );
  }
  return { kind: "position", axis, at };
}

/** The parts of a slice's text; undefined for "...". */
function sliceOf(text: string): { start: number | null; stop: number | null; step: number } | undefined {
  if (text.trim() === "...") return undefined;
  const parts = text.replaceAll(" ", "").split(":");
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^(-?\d+)?$/.test(part))) {
    throw new IndexError(
      `"${text}" is no index: a slice is written "1:5", ":", "::2" or "-3:", everything else "..."`,
    );
  }
  const [start, stop, step] = parts.map((part) => (part === "" ? null : Number(part)));
  if (step !== null && step !== undefined && step <= 0) {
    throw new IndexError(`"${text}": the step of a slice must be above 0, as in torch`);
  }
  return { start: start!, stop: stop!, step: step ?? 1 };
}
