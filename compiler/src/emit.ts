/** The JavaScript of a cell that has passed its checks, with a source map to the cell's own lines. */
import { lowered, needsLowering, rewriteMap, withoutMapComment } from "./lower.ts";
import type { Origin } from "./prelude.ts";
import { cellTransformer } from "./transform/cell.ts";
import { refusal } from "./transform/refusal.ts";
import type { ts } from "./typescript.ts";

export interface EmittedCell {
  /** An expression: an async function of the scope object and the runtime. */
  readonly js: string;
  /** A source map (version 3) as JSON. */
  readonly map: string;
  /** What TypeScript allows and a tensor does not. */
  readonly refusals: readonly ts.Diagnostic[];
}

export function emitCell(
  program: ts.Program,
  file: string,
  offset: number,
  origins: ReadonlyMap<string, Origin>,
): EmittedCell {
  const source = program.getSourceFile(file)!;
  const refusals: ts.Diagnostic[] = [];
  const refuse = (node: ts.Node, message: string) => {
    const found = refusal(node, message);
    if (!refusals.some(({ start }) => start === found.start)) refusals.push(found);
  };
  const transformer = cellTransformer(program.getTypeChecker(), source, offset, origins, refuse);
  let js = "";
  let map = "";
  const write = (name: string, text: string) => {
    if (name.endsWith(".map")) map = text;
    else js = text;
  };
  program.emit(source, write, undefined, false, { before: [transformer] });
  // A module that lost its imports and exports is closed by this line, which no function body may hold.
  js = withoutMapComment(js).replace(/\n?export \{\};?/, "");
  const cell = { js, map: withoutPrelude(map) };
  return { ...(needsLowering(source) ? lowered(cell) : cell), refusals };
}

/** The first line of the module is the kernel's own. */
function withoutPrelude(map: string): string {
  return rewriteMap(map, (segment) => {
    if (segment.length === 1 || segment[2] === 0) return [];
    return [[segment[0], 0, segment[2] - 1, segment[3]]];
  });
}
