/** What branches and loop bodies assign of what is around them, so that a condition can merge it. */
import { natureOf } from "../checker/nature.ts";
import { ts } from "../typescript.ts";
import type { TensorRewriting } from "./context.ts";
import { bare, isAssigning, isConstant } from "./places.ts";

/** A variable, or a property of one. */
interface Target {
  readonly node: ts.Expression;
  readonly type: ts.Type;
  /** The object that has the property. */
  readonly owner?: ts.Expression;
}

/** `[{ name, mayHoldTensors, get, set }, …]`; a property also tells its `owner`. */
export function carriedBy(to: TensorRewriting, bodies: readonly ts.Node[]): ts.ArrayLiteralExpression {
  const found = new Map<string, Target>();
  for (const body of bodies) collect(to.checker, body, bodies, found);
  const members = [...found].map(([name, target]) => describe(to, name, target));
  return to.factory.createArrayLiteralExpression(members);
}

function describe(to: TensorRewriting, name: string, { node, type, owner }: Target): ts.Expression {
  const { factory } = to;
  const arrow = (body: ts.Expression, ...parameters: string[]) =>
    factory.createArrowFunction(
      undefined,
      undefined,
      parameters.map((parameter) => factory.createParameterDeclaration(undefined, undefined, parameter)),
      undefined,
      undefined,
      body,
    );
  const value = "__value";
  const mayHoldTensors = natureOf(to.checker, type) !== "plain";
  const assigned = factory.createAssignment(to.rewrite(node), factory.createIdentifier(value));
  const members: Record<string, ts.Expression> = {
    name: factory.createStringLiteral(name),
    mayHoldTensors: mayHoldTensors ? factory.createTrue() : factory.createFalse(),
    get: arrow(to.rewrite(node)),
    set: arrow(assigned, value),
    ...(owner && { owner: arrow(to.rewrite(owner)) }),
  };
  return factory.createObjectLiteralExpression(
    Object.entries(members).map(([key, member]) => factory.createPropertyAssignment(key, member)),
  );
}

function collect(
  checker: ts.TypeChecker,
  body: ts.Node,
  bodies: readonly ts.Node[],
  found: Map<string, Target>,
): void {
  const isInner = (declaration: ts.Declaration) =>
    bodies.some(
      (inner) =>
        declaration.getSourceFile() === inner.getSourceFile() &&
        declaration.pos >= inner.pos &&
        declaration.end <= inner.end,
    );
  const isOuter = (symbol: ts.Symbol | undefined): symbol is ts.Symbol =>
    symbol?.declarations !== undefined && !symbol.declarations.some(isInner);

  function addVariable(name: ts.Identifier, symbol: ts.Symbol | undefined): void {
    if (isOuter(symbol)) found.set(name.text, { node: name, type: checker.getTypeOfSymbol(symbol) });
  }
  function addProperty(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    const owner = node.expression;
    const isKnown = ts.isPropertyAccessExpression(node)
      ? ts.isIdentifier(node.name)
      : isConstant(node.argumentExpression);
    const isOuterOwner = ts.isIdentifier(owner)
      ? isOuter(checker.getSymbolAtLocation(owner))
      : owner.kind === ts.SyntaxKind.ThisKeyword;
    if (!isKnown || !isOuterOwner) return;
    found.set(node.getText(), { node, owner, type: checker.getTypeAtLocation(node) });
  }
  function add(target: ts.Expression): void {
    const node = bare(target);
    if (ts.isIdentifier(node)) addVariable(node, checker.getSymbolAtLocation(node));
    else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) addProperty(node);
    else if (ts.isArrayLiteralExpression(node)) node.elements.forEach(add);
    else if (ts.isSpreadElement(node)) add(node.expression);
    else if (ts.isBinaryExpression(node)) add(node.left);
    else if (ts.isObjectLiteralExpression(node)) node.properties.forEach(addMember);
  }
  function addMember(member: ts.ObjectLiteralElementLike): void {
    if (ts.isShorthandPropertyAssignment(member))
      addVariable(member.name, checker.getShorthandAssignmentValueSymbol(member));
    else if (ts.isPropertyAssignment(member)) add(member.initializer);
    else if (ts.isSpreadAssignment(member)) add(member.expression);
  }
  function walk(node: ts.Node): void {
    if (isAssigning(node)) {
      if (ts.isBinaryExpression(node)) add(node.left);
      else add((node as ts.PrefixUnaryExpression | ts.PostfixUnaryExpression).operand);
    }
    const isLoop = ts.isForOfStatement(node) || ts.isForInStatement(node);
    if (isLoop && !ts.isVariableDeclarationList(node.initializer)) add(node.initializer);
    ts.forEachChild(node, walk);
  }
  walk(body);
}
