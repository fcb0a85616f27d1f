/** Where the functions and classes of a cell stand in its text, so that their source can be shown as it was written. */
import { ts } from "./typescript.ts";

/** Start and end, in the cell's own text. */
export type Range = readonly [start: number, end: number];

export function functionsOf(source: ts.SourceFile, offset: number): Range[] {
  const found: Range[] = [];
  function walk(node: ts.Node): void {
    if (ts.isFunctionLike(node) || ts.isClassLike(node))
      found.push([node.getStart(source) - offset, node.end - offset]);
    ts.forEachChild(node, walk);
  }
  for (const statement of source.statements) if (statement.getStart(source) >= offset) walk(statement);
  return found;
}
