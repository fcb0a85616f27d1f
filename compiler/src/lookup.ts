/** What a run-time value could tell about the place of the cursor: whose members, keys or parts are meant there. */
import { ts } from "./typescript.ts";

/** Names and keys from a top-level name to a value, without calls: `["lm", "model", "layers", "0"]`. */
export type ValuePath = readonly string[];

export interface Lookup {
  readonly path: ValuePath;
  /** `a.b|`, `a["b|"]`, `a.get("b|")`. */
  readonly place: "member" | "key" | "argument";
  /** The method whose argument it is. */
  readonly method: string;
  /** What stands there already, in the text from `start` to `end`. */
  readonly prefix: string;
  readonly start: number;
  readonly end: number;
}

export function lookupAt(
  checker: ts.TypeChecker,
  source: ts.SourceFile,
  position: number,
): Lookup | undefined {
  const at = (start: number) => ({ prefix: source.text.slice(start, position), start, end: position });
  for (const node of nodesAround(source, position)) {
    if (ts.isPropertyAccessExpression(node) && node.name.end >= position && node.expression.end < position) {
      const path = valuePath(checker, node.expression);
      return path && { path, place: "member", method: "", ...at(node.name.getStart(source)) };
    }
    if (!ts.isStringLiteralLike(node) || position <= node.getStart(source)) continue;
    const { parent } = node;
    const place = { method: "", ...at(node.getStart(source) + 1) };
    if (ts.isElementAccessExpression(parent)) {
      const path = valuePath(checker, parent.expression);
      return path && { path, place: "key", ...place };
    }
    if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return undefined;
    const path = valuePath(checker, parent.expression.expression);
    return path && { path, place: "argument", ...place, method: parent.expression.name.text };
  }
  return undefined;
}

/** The value that the cursor stands on. */
export function valueAt(
  checker: ts.TypeChecker,
  source: ts.SourceFile,
  position: number,
): ValuePath | undefined {
  for (const node of nodesAround(source, position)) {
    if (!ts.isIdentifier(node)) continue;
    const isName = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    return valuePath(checker, isName ? (node.parent as ts.Expression) : node);
  }
  return undefined;
}

/** From the innermost one outwards. */
function nodesAround(source: ts.SourceFile, position: number): ts.Node[] {
  const found: ts.Node[] = [];
  function walk(node: ts.Node): void {
    if (node.pos > position || node.end < position) return;
    found.unshift(node);
    ts.forEachChild(node, walk);
  }
  ts.forEachChild(source, walk);
  return found.sort((a, b) => a.end - a.pos - (b.end - b.pos));
}

function valuePath(checker: ts.TypeChecker, node: ts.Expression): ValuePath | undefined {
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node))
    return valuePath(checker, node.expression);
  if (ts.isIdentifier(node)) return isTopLevel(checker, node) ? [node.text] : undefined;
  if (ts.isPropertyAccessExpression(node))
    return extended(valuePath(checker, node.expression), node.name.text);
  if (!ts.isElementAccessExpression(node)) return undefined;
  return extended(valuePath(checker, node.expression), keyOf(node.argumentExpression));
}

function extended(path: ValuePath | undefined, key: string | undefined): ValuePath | undefined {
  return path && key !== undefined ? [...path, key] : undefined;
}

function keyOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text;
  const isNegative = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  return isNegative && ts.isNumericLiteral(node.operand) ? `-${node.operand.text}` : undefined;
}

/** Variables of functions have no value before these are called. */
function isTopLevel(checker: ts.TypeChecker, name: ts.Identifier): boolean {
  const declarations = checker.getSymbolAtLocation(name)?.declarations ?? [];
  return declarations.every((declaration) => !ts.findAncestor(declaration.parent, ts.isFunctionLike));
}
