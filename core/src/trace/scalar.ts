/** What `item()` gives: a number, or in a trace one that the run will make. */
import type { Table } from "../ops/table.ts";
import type { Methods } from "./methods.ts";
import type { Tensor } from "./tensor.ts";

interface Arithmetic {
  (other: number): Scalar;
  (other: Tensor): Tensor;
}

type Operations = "add" | "sub" | "mul" | "div" | "floorDivide" | "mod" | "pow";

/**
 * A number to the types. In a trace it is made by the run and has the methods of a tensor of no dimensions, which
 * operators in compiled code stand for; once it is there it is a plain number.
 */
export type Scalar = number &
  Omit<Methods<Table, Tensor>, keyof number | Operations> & { readonly [K in Operations]: Arithmetic } & {
    /** Says to the compiler of cells that this may be lazy. */
    readonly isOperand?: true;
    save(): Scalar;
  };

const scalars = new WeakSet<Tensor>();

/** Whether it is a number when the run has made it: `item()` made it, or arithmetic of such values. */
export const isScalar = (tensor: Tensor): boolean => scalars.has(tensor);

export function markScalar(tensor: Tensor): Scalar {
  scalars.add(tensor);
  return tensor as unknown as Scalar;
}
