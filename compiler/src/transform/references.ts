/** Names: each use of a name of the cell, or of an earlier cell, becomes a property of the scope object. */
import type { Origin } from "../prelude.ts";
import { ts } from "../typescript.ts";
import { inScope, placed, type Rewriting } from "./context.ts";

/** Answers which identifiers stand for values in the scope object. */
export function scopedNames(
  checker: ts.TypeChecker,
  source: ts.SourceFile,
  offset: number,
  declarations: ReadonlySet<ts.Node>,
  origins: ReadonlyMap<string, Origin>,
): (name: ts.Identifier) => boolean {
  function holds(declaration: ts.Declaration, name: ts.Identifier): boolean {
    if (declaration.getSourceFile() !== source) return false;
    if (declaration.pos < offset - 1) return origins.get(name.text)?.kind !== "ambient";
    // Inside its own body a class knows itself before the scope object does.
    if (ts.isClassDeclaration(declaration) && contains(declaration, name)) return false;
    return declarations.has(declaration);
  }
  return (name) => {
    if (isDeclared(name)) return false;
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : checker.getSymbolAtLocation(name);
    return symbol?.declarations?.some((declaration) => holds(declaration, name)) ?? false;
  };
}

/** `name` → `__scope.name`; a function that is called keeps having no `this`. */
export function rewriteName(to: Rewriting, name: ts.Identifier): ts.Expression {
  const property = placed(inScope(to, name.text), name);
  return isCallee(name) ? withoutThis(to, property) : property;
}

/** `{ name }` → `{ name: __scope.name }`, also where it is assigned to with a default. */
export function rewriteShorthand(
  to: Rewriting,
  node: ts.ShorthandPropertyAssignment,
): ts.ObjectLiteralElementLike {
  const { factory } = to;
  const property = placed(inScope(to, node.name.text), node.name);
  const initializer = node.objectAssignmentInitializer;
  const value = initializer ? factory.createAssignment(property, to.rewrite(initializer)) : property;
  return placed(factory.createPropertyAssignment(node.name.text, value), node);
}

function withoutThis({ factory }: Rewriting, property: ts.Expression): ts.Expression {
  return factory.createParenthesizedExpression(
    factory.createCommaListExpression([factory.createNumericLiteral(0), property]),
  );
}

function isCallee(name: ts.Identifier): boolean {
  let node: ts.Node = name;
  while (ts.isParenthesizedExpression(node.parent) || ts.isNonNullExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.expression === node;
  return ts.isTaggedTemplateExpression(parent) && parent.tag === node;
}

/** Where a name is declared, or names something else than a value, it stays. */
function isDeclared(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isBindingElement(parent)) return parent.name === name || parent.propertyName === name;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === name;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isExpressionWithTypeArguments(parent)) return isErased(parent);
  if (ts.isExportAssignment(parent)) return false;
  return "name" in parent && parent.name === name;
}

function isErased(node: ts.ExpressionWithTypeArguments): boolean {
  return ts.isHeritageClause(node.parent) && node.parent.token === ts.SyntaxKind.ImplementsKeyword;
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}
