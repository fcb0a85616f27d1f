/** The rows of one invoke within the batch, found by the name of the axis and never guessed. */
import { ShapeError } from "../base/errors.ts";
import type { Result } from "../ir/node.ts";
import { nameOfDim, printType } from "../tensor/type.ts";
import { applyOp } from "./apply.ts";
import type { Lazy, State } from "./state.ts";
import { call, Tensor } from "./tensor.ts";

/** Which rows of the batch an invoke owns. */
export interface Rows {
  readonly start: number;
  readonly count: number;
  /** Takes a value without a batch axis whole, which is right while this is the only invoke. @throws the error otherwise, now or when a second one opens */
  takeWhole(error: ShapeError): void;
}

function batchAxis(value: Result, rows: Rows, what: string): number | undefined {
  const axis = value.type.shape.findIndex((dim) => nameOfDim(dim) === "batch");
  if (axis >= 0) return axis;
  rows.takeWhole(
    new ShapeError(
      `${what} is ${printType(value.type)}: it has no batch axis, so with several invokes the part that belongs to one of them is not known. ` +
        "Read it in an invoke without input (`tracer.invoke(() => …)`), which sees the whole batch.",
    ),
  );
  return undefined;
}

/** The invoke's rows of a value of the whole batch. */
export function narrow(value: Lazy, rows: Rows, what: string): State {
  const dim = batchAxis(value.result, rows, what);
  if (dim === undefined) return value;
  return applyOp("narrow", [value], { dim, start: rows.start, length: rows.count })[0]!;
}

/** The value of the whole batch with the invoke's rows replaced. */
export function widen(value: Lazy, part: State, rows: Rows, what: string): State {
  const axis = batchAxis(value.result, rows, what);
  if (axis === undefined) return part;
  const indices = [...Array<string>(axis).fill(":"), `${rows.start}:${rows.start + rows.count}`];
  return (call("setitem", [new Tensor(value), new Tensor(part), ...indices]) as Tensor).state;
}
