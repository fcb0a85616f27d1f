/** What a branch or a loop body does to what is around it: where it jumps to, and which variables it assigns. */
import { natureOf } from "../checker/nature.ts";
import { isVar } from "../names.ts";
import { ts } from "../typescript.ts";
import type { TensorRewriting } from "./context.ts";
import { bare, isAssigning } from "./places.ts";

/** The word that keeps a body from becoming a function, if there is one. */
export function obstacleIn(to: Pick<TensorRewriting, "isShared">, body: ts.Node): string | undefined {
  const labels = new Set<string>();

  function walk(node: ts.Node, inLoop: boolean, inSwitch: boolean): string | undefined {
    if (ts.isFunctionLike(node)) return undefined;
    if (ts.isReturnStatement(node)) return "return";
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return "await";
    if (ts.isYieldExpression(node)) return "yield";
    if (ts.isVariableDeclarationList(node)) {
      if ((node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) return "await using";
      if (isVar(node) && !to.isShared(node)) return "var";
    }
    if (ts.isBreakOrContinueStatement(node)) {
      const isBreak = ts.isBreakStatement(node);
      const isInside = node.label ? labels.has(node.label.text) : inLoop || (isBreak && inSwitch);
      if (!isInside) return isBreak ? "break" : "continue";
    }
    if (ts.isLabeledStatement(node)) labels.add(node.label.text);
    const loops = inLoop || ts.isIterationStatement(node, false);
    const switches = inSwitch || ts.isSwitchStatement(node);
    return ts.forEachChild(node, (child) => walk(child, loops, switches));
  }
  return walk(body, false, false);
}

/** Whether an expression may become the body of a function. */
export const isDeferrable = (node: ts.Expression): boolean =>
  obstacleIn({ isShared: () => true }, node) === undefined;

/** The outer variables that bodies assign, as `[{ name, mayHoldTensors, get, set }, …]`. */
export function carriedBy(to: TensorRewriting, bodies: readonly ts.Node[]): ts.ArrayLiteralExpression {
  const { factory } = to;
  const found = new Map<ts.Symbol, ts.Identifier>();
  for (const body of bodies) collect(to, body, bodies, found);
  const arrow = (parameters: string[], body: ts.Expression) =>
    factory.createArrowFunction(
      undefined,
      undefined,
      parameters.map((name) => factory.createParameterDeclaration(undefined, undefined, name)),
      undefined,
      undefined,
      body,
    );
  const members = [...found].map(([symbol, name]) => {
    const value = "__value";
    const assigned = factory.createAssignment(
      to.rewrite<ts.Expression>(name),
      factory.createIdentifier(value),
    );
    const mayHold = natureOf(to.checker, to.checker.getTypeOfSymbol(symbol)) !== "plain";
    return factory.createObjectLiteralExpression([
      factory.createPropertyAssignment("name", factory.createStringLiteral(name.text)),
      factory.createPropertyAssignment(
        "mayHoldTensors",
        mayHold ? factory.createTrue() : factory.createFalse(),
      ),
      factory.createPropertyAssignment("get", arrow([], to.rewrite<ts.Expression>(name))),
      factory.createPropertyAssignment("set", arrow([value], assigned)),
    ]);
  });
  return factory.createArrayLiteralExpression(members);
}

function collect(
  { checker }: TensorRewriting,
  body: ts.Node,
  bodies: readonly ts.Node[],
  found: Map<ts.Symbol, ts.Identifier>,
): void {
  const isInner = (declaration: ts.Declaration) =>
    bodies.some(
      (inner) =>
        declaration.getSourceFile() === inner.getSourceFile() &&
        declaration.pos >= inner.pos &&
        declaration.end <= inner.end,
    );
  function add(target: ts.Expression): void {
    const name = bare(target);
    if (ts.isIdentifier(name)) {
      const symbol = checker.getSymbolAtLocation(name);
      if (symbol?.declarations && !symbol.declarations.some(isInner)) found.set(symbol, name);
    } else if (ts.isArrayLiteralExpression(name)) name.elements.forEach(add);
    else if (ts.isSpreadElement(name)) add(name.expression);
    else if (ts.isBinaryExpression(name)) add(name.left);
    else if (ts.isObjectLiteralExpression(name)) name.properties.forEach(addMember);
  }
  function addMember(member: ts.ObjectLiteralElementLike): void {
    if (ts.isShorthandPropertyAssignment(member)) {
      const symbol = checker.getShorthandAssignmentValueSymbol(member);
      if (symbol?.declarations && !symbol.declarations.some(isInner)) found.set(symbol, member.name);
    } else if (ts.isPropertyAssignment(member)) add(member.initializer);
    else if (ts.isSpreadAssignment(member)) add(member.expression);
  }
  function walk(node: ts.Node): void {
    if (isAssigning(node)) {
      if (ts.isBinaryExpression(node)) add(node.left);
      else add((node as ts.PrefixUnaryExpression | ts.PostfixUnaryExpression).operand);
    }
    const isAssigningLoop = ts.isForOfStatement(node) || ts.isForInStatement(node);
    if (isAssigningLoop && !ts.isVariableDeclarationList(node.initializer)) add(node.initializer);
    ts.forEachChild(node, walk);
  }
  walk(body);
}
