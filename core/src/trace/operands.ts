/** Operands that may turn out to be anything: the seam between tensors and the values that are none, which builds on them. */
import type { OpName } from "../ops/table.ts";
import type { Type } from "../tensor/type.ts";
import type { Tensor } from "./tensor.ts";

interface Dynamics {
  /** Whether only the run tells what it is. */
  owns(x: unknown): boolean;
  /** An op with such operands: the run sees what they are. */
  call(name: OpName, args: readonly unknown[]): unknown;
  at(self: unknown, ...indices: unknown[]): unknown;
  item(self: unknown): unknown;
  /** The one value of a tensor that the run will make. */
  lazyItem(self: Tensor): unknown;
  length(self: unknown): unknown;
  shape(self: unknown): unknown;
  /** Gives the value the tensor that it holds with a region written. */
  write(value: unknown, indices: readonly unknown[], content: unknown): void;
  /** Such a value as a tensor of a type that is known. */
  asTensor(value: unknown, type: Type, what: string): Tensor;
}

/** Set by dynamic.ts. */
export const dynamics = {} as Dynamics;
