/** What a user writes between brackets: positions, slices, "...", null, lists, tensors; read, and put into steps. */
import { IndexError, TypeError } from "../base/errors.ts";
import { kindOf } from "../tensor/dtype.ts";
import type { Host } from "../tensor/host.ts";
import { type Dim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { checkMask, type IndexList, listOfIndices, positionsOf, takenBy } from "./index-lists.ts";
import type { Operand } from "./spec.ts";

/** A position, a slice such as "1:5", "..." or null for a new dimension, a list or a tensor of positions, or a mask. */
export type Index = number | string | null | IndexList | Operand;

/** The same as a parameter: tensors are operands, and leave a mark. */
export type IndexParam = number | string | null | IndexList;

/** What stands for a tensor; no slice looks like it. */
const mark = "tensor";

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

/** A position that an integer tensor without dimensions gives. */
export interface Pick {
  readonly kind: "pick";
  readonly axis: number;
  /** Which of the tensors between the brackets. */
  readonly tensor: number;
}

/** Several positions of one dimension, or a mask over some. */
export interface Many {
  readonly kind: "many";
  readonly axis: number;
  /** How many dimensions it takes. */
  readonly span: number;
  readonly from: { readonly positions: Host } | { readonly tensor: number; readonly mask: boolean };
  /** The shape of the positions; of a mask the number of places where it is true. */
  readonly shape: readonly Dim[];
}

/** One step of an index, in the order of the brackets. */
export type Step = Position | Slice | Pick | Many | { readonly kind: "new" };

/** Indices as parameters, and the tensors among them. @throws TypeError for what is no index */
export function indicesOf(indices: readonly unknown[]): { indices: IndexParam[]; tensors: Operand[] } {
  const tensors: Operand[] = [];
  const params = indices.map((index): IndexParam => {
    if (index === null || (typeof index === "number" && Number.isInteger(index))) return index;
    if (typeof index === "string") {
      sliceOf(index);
      return index.replaceAll(" ", "");
    }
    if (Array.isArray(index)) return listOfIndices(index);
    if (typeof index === "object" && ("isOperand" in index || "dtype" in index)) {
      tensors.push(index as Operand);
      return mark;
    }
    throw new TypeError(
      `${typeof index === "object" ? "an object" : String(index)} cannot be an index: use a whole number, a slice such as "1:5", ":" or "::2", "...", null, a list or a tensor`,
    );
  });
  return { indices: params, tensors };
}

/** One step for each dimension of x, and for each new one. @throws IndexError when they do not fit x */
export function stepsOf(indices: readonly IndexParam[], x: Type, tensors: readonly Type[] = []): Step[] {
  const rank = x.shape.length;
  let met = 0;
  const used = indices.reduce<number>((sum, index) => {
    if (index === null || index === "...") return sum;
    return sum + (index === mark ? taken(tensors[met++]!) : typeof index === "object" ? takenBy(index) : 1);
  }, 0);
  met = 0;
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
    else if (index === mark) {
      const step = tensorStep(x, axis, met, tensors[met++]!);
      axis += step.kind === "many" ? step.span : 1;
      steps.push(step);
    } else if (typeof index === "object")
      for (const positions of positionsOf(index, x, axis))
        steps.push({ kind: "many", axis: axis++, span: 1, from: { positions }, shape: positions.shape });
    else steps.push({ kind: "slice", axis: axis++, ...sliceOf(index)! });
  }
  return steps;
}

export const printIndices = (indices: readonly IndexParam[]): string =>
  indices.map((index) => (index === mark ? mark : JSON.stringify(index))).join(", ");

/** How many dimensions a tensor takes as an index. */
const taken = ({ dtype, shape }: Type): number => (dtype === "bool" ? shape.length : 1);

let masks = 0;

function tensorStep(x: Type, axis: number, tensor: number, type: Type): Pick | Many {
  if (
    type.dtype === "uint8" ||
    kindOf(type.dtype) === "float" ||
    (type.dtype === "bool" && type.shape.length === 0)
  )
    throw new IndexError(
      `${printType(type)} cannot be an index: use .long() of positions, or a mask with dimensions (.bool())`,
    );
  if (type.dtype === "bool") {
    checkMask(type.shape, x, axis);
    // A name of its own: only the run tells how many places are true, and no two masks have as many for certain.
    const shape = [{ name: `nonzero_${masks++}` }];
    return { kind: "many", axis, span: type.shape.length, from: { tensor, mask: true }, shape };
  }
  if (type.shape.length === 0) return { kind: "pick", axis, tensor };
  return { kind: "many", axis, span: 1, from: { tensor, mask: false }, shape: type.shape };
}

/** Whether a slice takes everything, whatever the size. */
export const isFull = (slice: Slice): boolean => !slice.start && slice.stop === null && slice.step === 1;

/** First place and number of places of a slice of `n`, as in Python. */
export function span({ start, stop, step }: Slice, n: number): { first: number; count: number } {
  const clip = (at: number) => Math.min(Math.max(at < 0 ? at + n : at, 0), n);
  const first = clip(start ?? 0);
  return { first, count: Math.max(Math.ceil((clip(stop ?? n) - first) / step), 0) };
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
