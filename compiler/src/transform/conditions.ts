/** `if`, `?:`, `&&`, `||` and loops with a condition, where the condition may be a tensor. */
import { isOptionalOperand, type Nature, natureOf } from "../checker/nature.ts";
import { ts } from "../typescript.ts";
import { isDeferrable, obstacleIn } from "./bodies.ts";
import { carriedBy } from "./carried.ts";
import { placed, type TensorRewriting } from "./context.ts";
import { bare, loaded } from "./places.ts";

export function rewriteIf(to: TensorRewriting, node: ts.IfStatement): ts.Statement | undefined {
  const nature = natureOfCondition(to, node.expression);
  if (nature === "plain") return undefined;
  const { factory } = to;
  const { thenStatement, elseStatement } = node;
  const bodies = elseStatement ? [thenStatement, elseStatement] : [thenStatement];
  const obstacle = bodies.map((body) => obstacleIn(body)).find((found) => found !== undefined);
  if (obstacle)
    return placed(
      factory.updateIfStatement(
        node,
        tested(to, node.expression, `\`if\` with \`${obstacle}\` in it`),
        to.rewrite(thenStatement),
        elseStatement && to.rewrite(elseStatement),
      ),
      node,
    );
  const call = factory.createCallExpression(to.either("cond"), undefined, [
    to.rewrite(node.expression),
    deferredBody(to, thenStatement),
    elseStatement ? deferredBody(to, elseStatement) : factory.createVoidZero(),
    carriedBy(to, bodies),
  ]);
  return placed(factory.createExpressionStatement(placed(call, node.expression)), node);
}

export function rewriteConditional(
  to: TensorRewriting,
  node: ts.ConditionalExpression,
): ts.Expression | undefined {
  if (natureOfCondition(to, node.condition) === "plain") return undefined;
  const { factory } = to;
  const { whenTrue, whenFalse } = node;
  if (!isDeferrable(whenTrue) || !isDeferrable(whenFalse))
    return factory.updateConditionalExpression(
      node,
      tested(to, node.condition, "`?:` with `await` in it"),
      node.questionToken,
      to.rewrite(whenTrue),
      node.colonToken,
      to.rewrite(whenFalse),
    );
  const args = [to.rewrite(node.condition), deferred(to, whenTrue), deferred(to, whenFalse)];
  return placed(factory.createCallExpression(to.either("select"), undefined, args), node);
}

const logical = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, "and"],
  [ts.SyntaxKind.BarBarToken, "or"],
]);

export function rewriteLogical(to: TensorRewriting, node: ts.BinaryExpression): ts.Expression | undefined {
  const name = logical.get(node.operatorToken.kind);
  if (!name || natureOfCondition(to, node.left) === "plain") return undefined;
  const { factory } = to;
  if (!isDeferrable(node.right)) {
    const left = tested(to, node.left, `\`${node.operatorToken.getText()}\` with \`await\` in it`);
    return factory.updateBinaryExpression(node, left, node.operatorToken, to.rewrite(node.right));
  }
  const args = [to.rewrite(node.left), deferred(to, node.right)];
  return placed(factory.createCallExpression(to.either(name), undefined, args), node);
}

const logicalAssignments = new Map([
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken, "and"],
  [ts.SyntaxKind.BarBarEqualsToken, "or"],
]);

/** `x ||= y` → `x = or(x, () => y)`; a property is written only when it changes, as in JavaScript. */
export function rewriteLogicalAssignment(
  to: TensorRewriting,
  node: ts.BinaryExpression,
): ts.Expression | undefined {
  const name = logicalAssignments.get(node.operatorToken.kind);
  if (!name || natureOfCondition(to, node.left) === "plain") return undefined;
  const { factory } = to;
  const target = bare(node.left);
  if (!isDeferrable(node.right)) {
    to.refuse(
      node,
      "A tensor may stand on the left, so there can be no `await` on the right: await it before.",
    );
    return undefined;
  }
  const right = deferred(to, node.right);
  if (ts.isIdentifier(target)) {
    const value = factory.createCallExpression(to.either(name), undefined, [to.rewrite(node.left), right]);
    return placed(factory.createAssignment(to.rewrite<ts.Expression>(target), value), node);
  }
  const place = loaded(to, target, node);
  const args = place && [place, factory.createStringLiteral(name), right];
  return args && placed(factory.createCallExpression(to.either("storeIf"), undefined, args), node);
}

/** A loop runs its body while JavaScript finds the condition true: a lazy one is an error at run time. */
export function testedLoop(
  to: TensorRewriting,
  condition: ts.Expression | undefined,
  word: string,
): ts.Expression | undefined {
  if (!condition || natureOfCondition(to, condition) === "plain") return undefined;
  return tested(to, condition, `\`${word}\``);
}

export function tested(to: TensorRewriting, value: ts.Expression, where: string): ts.Expression {
  const { factory } = to;
  const args = [to.rewrite(value), factory.createStringLiteral(where)];
  return placed(factory.createCallExpression(to.either("test"), undefined, args), value);
}

export function natureOfCondition(to: TensorRewriting, condition: ts.Expression): Nature {
  const type = to.checker.getTypeAtLocation(condition);
  if (isOptionalOperand(to.checker, type)) {
    const text = condition.getText();
    to.refuse(
      condition,
      `This tensor may be missing, and a tensor is true or false by its numbers: write '${text} !== undefined' ` +
        `to ask whether it is there, or '${text} ?? …' for a replacement.`,
    );
  }
  return natureOf(to.checker, type);
}

function deferred(to: TensorRewriting, value: ts.Expression): ts.ArrowFunction {
  const { factory } = to;
  const body = to.rewrite(value);
  const whole = ts.isObjectLiteralExpression(body) ? factory.createParenthesizedExpression(body) : body;
  return factory.createArrowFunction(undefined, undefined, [], undefined, undefined, whole);
}

function deferredBody(to: TensorRewriting, body: ts.Statement): ts.ArrowFunction {
  const { factory } = to;
  const statement = to.rewrite(body);
  const block = ts.isBlock(statement) ? statement : factory.createBlock([statement], true);
  return factory.createArrowFunction(undefined, undefined, [], undefined, undefined, block);
}
