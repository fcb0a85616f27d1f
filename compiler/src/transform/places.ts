/** What stands left of an assignment that reads before it writes. */
import { ts } from "../typescript.ts";
import type { TensorRewriting } from "./context.ts";

const superKeyword = ts.SyntaxKind.SuperKeyword;

/** Without parentheses, `!` and `as`. */
export function bare(node: ts.Expression): ts.Expression {
  const isWrapped =
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node);
  return isWrapped ? bare(node.expression) : node;
}

/** `a.b` → `load(a, "b")`, which reads it and keeps the way back. */
export function loaded(
  to: TensorRewriting,
  target: ts.Expression,
  whole: ts.Node,
): ts.Expression | undefined {
  const { factory } = to;
  const isProperty = ts.isPropertyAccessExpression(target);
  if (!isProperty && !ts.isElementAccessExpression(target)) return undefined;
  if ((isProperty && ts.isPrivateIdentifier(target.name)) || target.expression.kind === superKeyword) {
    to.refuse(
      whole,
      `A tensor may stand here. Write the assignment out: '${target.getText()} = ${target.getText()} …'.`,
    );
    return undefined;
  }
  const key = isProperty
    ? factory.createStringLiteral(target.name.text)
    : to.rewrite(target.argumentExpression);
  const owner = to.rewrite(target.expression);
  return factory.createCallExpression(to.either("load"), undefined, [owner, key]);
}

/** Whether a property may be named twice: its owner and its key are the same both times. */
export function isStable(target: ts.Expression, right: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) return false;
  const { kind } = target.expression;
  const isOwnerStable =
    kind === ts.SyntaxKind.ThisKeyword || kind === superKeyword || ts.isIdentifier(target.expression);
  if (!isOwnerStable || !isInert(right)) return false;
  return ts.isPropertyAccessExpression(target) || isConstant(target.argumentExpression);
}

export function isConstant(key: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(key)) return ts.isNumericLiteral(key.operand);
  return ts.isNumericLiteral(key) || ts.isStringLiteral(key);
}

/** Nothing in it can give a name another value. */
function isInert(node: ts.Node): boolean {
  const isCall = ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node);
  if (isCall || ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return false;
  return !isAssigning(node) && !ts.forEachChild(node, (child) => !isInert(child));
}

/** `=`, `+=`, `++`. */
export function isAssigning(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  if (ts.isPostfixUnaryExpression(node)) return true;
  const { PlusPlusToken, MinusMinusToken } = ts.SyntaxKind;
  return (
    ts.isPrefixUnaryExpression(node) && (node.operator === PlusPlusToken || node.operator === MinusMinusToken)
  );
}
