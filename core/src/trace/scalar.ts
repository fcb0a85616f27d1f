/** The type of what `item()` gives: a number, or in a trace a value that the run will make. */
import type { Tensor } from "./tensor.ts";

/** Numbers and values that only the run knows. */
interface Arithmetic {
  (other: number): Scalar;
  (other: Tensor): Tensor;
}

type Comparison = (other: number | Tensor) => Tensor;

/**
 * A number to the types. In a trace it is made by the run and has the methods of arithmetic, which operators in compiled
 * code stand for; once it is there it is a plain number.
 */
export type Scalar = number & {
  /** Says to the compiler of cells that this may be lazy. */
  readonly isOperand?: true;
  readonly add: Arithmetic;
  readonly sub: Arithmetic;
  readonly mul: Arithmetic;
  readonly div: Arithmetic;
  readonly floorDivide: Arithmetic;
  readonly mod: Arithmetic;
  readonly pow: Arithmetic;
  readonly eq: Comparison;
  readonly ne: Comparison;
  readonly lt: Comparison;
  readonly le: Comparison;
  readonly gt: Comparison;
  readonly ge: Comparison;
  save(): Scalar;
};
