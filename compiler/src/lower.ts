/** What Node does not run by itself yet, decorators and `accessor`, compiled once more for an older target. */
import {
  decodedMappings,
  encodedMap,
  originalPositionFor,
  type SourceMapSegment,
  TraceMap,
} from "@jridgewell/trace-mapping";
import { ts } from "./typescript.ts";

export interface Emitted {
  readonly js: string;
  /** A source map (version 3) as JSON. */
  readonly map: string;
}

export function needsLowering(node: ts.Node): boolean {
  return (
    ts.isDecorator(node) ||
    node.kind === ts.SyntaxKind.AccessorKeyword ||
    (ts.forEachChild(node, needsLowering) ?? false)
  );
}

export function lowered({ js, map }: Emitted): Emitted {
  const { outputText, sourceMapText = "" } = ts.transpileModule(js, {
    fileName: "cell.js",
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      allowJs: true,
      sourceMap: true,
    },
  });
  const inner = new TraceMap(map);
  const follow = (segment: Readonly<SourceMapSegment>): SourceMapSegment[] => {
    if (segment.length === 1) return [];
    const found = originalPositionFor(inner, { line: segment[2] + 1, column: segment[3] });
    return found.line === null ? [] : [[segment[0], 0, found.line - 1, found.column]];
  };
  return { js: withoutMapComment(outputText), map: rewriteMap(sourceMapText, follow) };
}

export function withoutMapComment(js: string): string {
  return js.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
}

/** A source map with each segment replaced. */
export function rewriteMap(
  map: string,
  replace: (segment: Readonly<SourceMapSegment>) => SourceMapSegment[],
): string {
  const mappings = decodedMappings(new TraceMap(map)).map((line) => line.flatMap(replace));
  return JSON.stringify(encodedMap(new TraceMap({ version: 3, names: [], sources: ["cell.ts"], mappings })));
}
