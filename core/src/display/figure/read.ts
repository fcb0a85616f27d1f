/** What a user gave as a figure, as plain columns of numbers or words. */
import { ValueError } from "../../base/errors.ts";
import { isHost } from "../../tensor/host.ts";
import { isLazy } from "../../trace/state.ts";
import { Tensor } from "../../trace/tensor.ts";
import { numbersOf } from "../numbers.ts";
import type { FigureSpec, Trace } from "./spec.ts";

/** Numbers, with NaN for what is missing, in rows of `cols` where they are a matrix. */
export interface NumberColumn {
  readonly numbers: ArrayLike<number>;
  readonly cols?: number;
}

export interface WordColumn {
  readonly words: readonly string[];
}

export type Column = NumberColumn | WordColumn;

export const lengthOf = (column: Column): number =>
  "words" in column ? column.words.length : column.numbers.length;

/** A trace whose arrays are columns, by the path of the attribute, such as `marker.color`. */
export interface ReadTrace {
  readonly kind: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** All that is no array, as it was given. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** @throws ValueError that names the array at fault */
export const readTraces = ({ data }: FigureSpec): ReadTrace[] => {
  if (!Array.isArray(data))
    throw new ValueError("a figure is { data: [trace, …], layout }, and `data` is no list of traces.");
  return data.map(readTrace);
};

function readTrace(trace: Trace, place: number): ReadTrace {
  const columns = new Map<string, Column>();
  const walk = (part: object, path: string): Record<string, unknown> => {
    const rest: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(part)) {
      const at = path ? `${path}.${key}` : key;
      const column = readColumn(value, `data[${place}].${at}`);
      if (column) columns.set(at, column);
      else rest[key] = isRecord(value) ? walk(value, at) : value;
    }
    return rest;
  };
  const rest = walk(trace, "");
  return { kind: trace.type ?? "scatter", columns, rest };
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readColumn(value: unknown, where: string): Column | undefined {
  if (value instanceof Tensor) {
    const { state } = value;
    if (isLazy(state))
      throw new ValueError(
        `${where} is a value of a trace that is still open: save it, and draw it when the trace has run.`,
      );
    return ofHost(state);
  }
  if (isHost(value)) return ofHost(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = value as unknown as ArrayLike<number | bigint>;
    return {
      numbers: typeof numbers[0] === "bigint" ? Float64Array.from(numbers, Number) : (value as never),
    };
  }
  if (!Array.isArray(value)) return undefined;
  if (value.length > 0 && value.every((row) => readsAsRow(row))) return matrix(value, where);
  if (value.some((item) => typeof item === "string"))
    return { words: value.map((item) => (item === null || item === undefined ? "" : String(item))) };
  if (value.every((item) => item === null || item === undefined || typeof item === "number"))
    return { numbers: Float64Array.from(value, (item) => item ?? Number.NaN) };
  return undefined; // such as a colour scale, which stays as it is
}

const readsAsRow = (row: unknown): boolean =>
  row instanceof Tensor || ArrayBuffer.isView(row) || (Array.isArray(row) && row.every(isNumberOrNull));

const isNumberOrNull = (x: unknown): boolean => x === null || typeof x === "number";

function matrix(rows: readonly unknown[], where: string): NumberColumn {
  const read = rows.map((row) => {
    const column = readColumn(row, where);
    return column && "numbers" in column ? column.numbers : [];
  });
  const cols = read[0]!.length;
  const odd = read.findIndex((row) => row.length !== cols);
  if (odd >= 0)
    throw new ValueError(`${where} has ${cols} values in row 0 and ${read[odd]!.length} in row ${odd}.`);
  const numbers = new Float64Array(rows.length * cols);
  for (const [i, row] of read.entries()) numbers.set(row, i * cols);
  return { numbers, cols };
}

function ofHost(host: Parameters<typeof numbersOf>[0]): NumberColumn {
  const sizes = host.shape.filter((size) => size !== 1);
  const isMatrix = sizes.length === 2 || host.shape.length === 2;
  const numbers = numbersOf(host);
  return isMatrix ? { numbers, cols: sizes.length === 2 ? sizes[1]! : host.shape.at(-1)! } : { numbers };
}
