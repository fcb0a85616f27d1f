/** What is known of a tensor in terms of another one: that they are equal before some position. */
import type * as ort from "onnxruntime-node";
import { firstDifference } from "./slices.ts";

/** The tensor is `of`, but from this position on. */
export interface Change {
  readonly of: ort.Tensor;
  readonly from: number;
}

const changes = new WeakMap<ort.Tensor, Change>();

export const changeOf = (tensor: ort.Tensor): Change | undefined => changes.get(tensor);

export const noteChange = (tensor: ort.Tensor, change: Change): void => void changes.set(tensor, change);

/**
 * Compares what an edit made with what stood there before: gives the older tensor where no bit differs, and notes from
 * which position on they differ elsewhere.
 */
export function recognise(made: ort.Tensor, before: readonly ort.Tensor[], axis: number): ort.Tensor {
  let best: Change | undefined;
  for (const of of before) {
    if (of === made || of.type !== made.type || of.dims.join() !== made.dims.join()) continue;
    const from = firstDifference(made, of, axis);
    if (from === made.dims[axis]) return of;
    if (from > (best?.from ?? 0)) best = { of, from };
  }
  if (best) noteChange(made, best);
  return made;
}
