/** The rows of one invoke within the batch, found by the name of the axis and never guessed. */
import { ShapeError } from "../base/errors.ts";
import { here } from "../base/where.ts";
import type { Result } from "../ir/node.ts";
import { nameOfDim, printType } from "../tensor/type.ts";
import type { Recording } from "./recording.ts";
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
export function narrow(recording: Recording, value: Result, rows: Rows, what: string): Result {
  const dim = batchAxis(value, rows, what);
  if (dim === undefined) return value;
  return recording.builder.op("narrow", [value], { dim, start: rows.start, length: rows.count }, here())[0]!;
}

/** The value of the whole batch with the invoke's rows replaced. */
export function widen(recording: Recording, value: Result, part: Result, rows: Rows, what: string): Result {
  const axis = batchAxis(value, rows, what);
  if (axis === undefined) return part;
  const indices = [...Array<string>(axis).fill(":"), `${rows.start}:${rows.start + rows.count}`];
  const whole = new Tensor({ result: value, scope: recording });
  const written = call("setitem", [
    whole,
    new Tensor({ result: part, scope: recording }),
    ...indices,
  ]) as Tensor;
  const state = written.state;
  return "scope" in state ? state.result : recording.bring(state);
}
