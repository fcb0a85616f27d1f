/** Turns what user code threw into the report that a cell shows. */
import { inspect } from "node:util";
import { excerpt } from "nnsight-ts-compiler/runtime";
import type { ErrorReport } from "./protocol.ts";
import type { Sources } from "./sources.ts";
import { cellFrame, shownFrames } from "./stack.ts";

/** Raised in a cell that the user stopped. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  constructor() {
    super("Execution interrupted");
  }
}

export function report(thrown: unknown, sources: Sources): ErrorReport {
  const first = firstOf(thrown);
  if (!isErrorLike(first)) {
    const value = inspect(first);
    return { ename: nameOfValue(first), evalue: value, traceback: [`Thrown: ${value}`] };
  }
  return { ename: nameOf(first), evalue: String(first.message), traceback: traceback(thrown, sources) };
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

/** When closing fails after another error, the other one came first. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? firstOf(thrown.suppressed) : thrown;
}

function nameOf(error: ErrorLike): string {
  return typeof error.name === "string" && error.name !== "" ? error.name : "Error";
}

function nameOfValue(value: unknown): string {
  return value === null ? "null" : (Object(value).constructor?.name ?? typeof value);
}

const deepest = 5;

function traceback(thrown: unknown, sources: Sources, depth = 0): string[] {
  if (thrown instanceof SuppressedError && depth < deepest) {
    const later = traceback(thrown.error, sources, depth + 1);
    return [
      ...traceback(thrown.suppressed, sources, depth + 1),
      "",
      `While closing: ${later[0]}`,
      ...later.slice(1),
    ];
  }
  if (!isErrorLike(thrown)) return [inspect(thrown)];
  const frames = typeof thrown.stack === "string" ? shownFrames(thrown.stack) : [];
  const lines = [
    ...`${nameOf(thrown)}: ${thrown.message}`.split("\n"),
    ...placeOf(frames, sources),
    ...frames,
  ];
  const causes: unknown[] = thrown instanceof AggregateError ? [...thrown.errors] : [];
  if (thrown.cause !== undefined) causes.unshift(thrown.cause);
  if (depth >= deepest) return lines;
  for (const cause of causes.slice(0, deepest)) {
    const [first, ...rest] = traceback(cause, sources, depth + 1);
    lines.push("", `Caused by: ${first}`, ...rest);
  }
  return lines;
}

/** The cell's line that the innermost cell frame points to. */
function placeOf(frames: readonly string[], sources: Sources): string[] {
  const match = frames.map((frame) => cellFrame.exec(frame)).find((found) => found !== null);
  if (!match) return [];
  const [count, line, column] = match.slice(1).map(Number) as [number, number, number];
  const code = sources.code(count);
  return code === undefined ? [] : excerpt(code, line, column);
}
