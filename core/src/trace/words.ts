/** Words for the places of an axis: the tokens of a prompt beside the positions of a tensor. */
import { type Dim, nameOfDim } from "../tensor/type.ts";
import type { Batch } from "./subject.ts";

export interface Words {
  readonly axis: number;
  readonly labels: readonly string[];
}

/** The tokens of the first row along the position axis. */
export function wordsOf(shape: readonly Dim[], batch: Batch | undefined): Words | undefined {
  const labels = batch?.tokens?.[0];
  const axis = shape.findIndex((dim) => nameOfDim(dim) === "position");
  return labels && axis >= 0 ? { axis, labels } : undefined;
}
