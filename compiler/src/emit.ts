/** The JavaScript of a cell that has passed its checks, with a source map to the cell's own lines. */
import {
  decodedMappings,
  encodedMap,
  originalPositionFor,
  type SourceMapSegment,
  TraceMap,
} from "@jridgewell/trace-mapping";
import type { Origin } from "./prelude.ts";
import { cellTransformer } from "./transform/cell.ts";
import { refusal } from "./transform/refusal.ts";
import { ts } from "./typescript.ts";

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
  const cell = { js, map: withoutPrelude(map), refusals };
  return usesDecorators(source) ? lowered(cell) : cell;
}

function usesDecorators(node: ts.Node): boolean {
  return ts.isDecorator(node) || (ts.forEachChild(node, usesDecorators) ?? false);
}

/** Node runs everything of the language but decorators: cells that have one are compiled once more, for an older target. */
function lowered(cell: EmittedCell): EmittedCell {
  const { outputText, sourceMapText = "" } = ts.transpileModule(cell.js, {
    fileName: "cell.js",
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      allowJs: true,
      sourceMap: true,
    },
  });
  const inner = new TraceMap(cell.map);
  const follow = (segment: Readonly<SourceMapSegment>): SourceMapSegment[] => {
    if (segment.length === 1) return [];
    const found = originalPositionFor(inner, { line: segment[2] + 1, column: segment[3] });
    return found.line === null ? [] : [[segment[0], 0, found.line - 1, found.column]];
  };
  return { ...cell, js: withoutMapComment(outputText), map: rewriteMap(sourceMapText, follow) };
}

function withoutMapComment(js: string): string {
  return js.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
}

/** The first line of the module is the kernel's own. */
function withoutPrelude(map: string): string {
  return rewriteMap(map, (segment) => {
    if (segment.length === 1 || segment[2] === 0) return [];
    return [[segment[0], 0, segment[2] - 1, segment[3]]];
  });
}

/** A source map with each segment replaced. */
function rewriteMap(
  map: string,
  replace: (segment: Readonly<SourceMapSegment>) => SourceMapSegment[],
): string {
  const mappings = decodedMappings(new TraceMap(map)).map((line) => line.flatMap(replace));
  return JSON.stringify(encodedMap(new TraceMap({ version: 3, names: [], sources: ["cell.ts"], mappings })));
}
