/** The JavaScript of a cell that has passed its checks, with a source map to the cell's own lines. */
import { decodedMappings, encodedMap, type SourceMapSegment, TraceMap } from "@jridgewell/trace-mapping";
import type { Origin } from "./prelude.ts";
import { cellTransformer } from "./transform/cell.ts";
import type { ts } from "./typescript.ts";

export interface EmittedCell {
  /** An expression: an async function of the scope object and the runtime. */
  readonly js: string;
  /** A source map (version 3) as JSON. */
  readonly map: string;
}

export function emitCell(
  program: ts.Program,
  file: string,
  offset: number,
  origins: ReadonlyMap<string, Origin>,
): EmittedCell {
  const source = program.getSourceFile(file)!;
  const transformer = cellTransformer(program.getTypeChecker(), source, offset, origins);
  let js = "";
  let map = "";
  const write = (name: string, text: string) => {
    if (name.endsWith(".map")) map = text;
    else js = text;
  };
  program.emit(source, write, undefined, false, { before: [transformer] });
  // A module that lost its imports and exports is closed by this line, which no function body may hold.
  js = js.replace(/\n?export \{\};?/, "").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
  return { js, map: withoutPrelude(map) };
}

/** The first line of the module is the kernel's own. */
function withoutPrelude(map: string): string {
  const trace = new TraceMap(map);
  const lines = decodedMappings(trace).map((line) => line.flatMap(moved));
  const { version, names } = trace;
  const mappings = lines as SourceMapSegment[][];
  return JSON.stringify(encodedMap(new TraceMap({ version, names, sources: ["cell.ts"], mappings })));
}

function moved(segment: Readonly<SourceMapSegment>): SourceMapSegment[] {
  if (segment.length === 1) return [];
  const [column, , line, sourceColumn] = segment;
  return line === 0 ? [] : [[column, 0, line - 1, sourceColumn]];
}
