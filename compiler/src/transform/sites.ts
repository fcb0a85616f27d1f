/** Tells the library the user's line: beside each call of a lazy value, and each edge of a module that is read or written. */
import { natureOf } from "../checker/nature.ts";
import { ts } from "../typescript.ts";
import { placed, type TensorRewriting } from "./context.ts";
import { bare } from "./places.ts";

/** The property by which the library marks the types of modules, and of its functions. */
const brand = "isTraced";

/** What reading or assigning records. */
const recorded = new Set(["input", "inputs", "output", "grad"]);

/** Methods that give nothing, and record. */
const writing = new Set(["set", "backward"]);

/** Methods of a model that note their line at once, before they run a callback. */
const opening = new Set(["trace", "scan", "session", "generate", "edit"]);

/** Methods that give a tensor, and record nothing. */
const silent = new Set(["save", "requiresGrad_"]);

const siteName = "__site";
const placesName = "__places";

/** The places of one cell or file. */
export class Sites {
  readonly #numbers: number[] = [];
  #tells = false;

  constructor(
    readonly factory: ts.NodeFactory,
    readonly source: ts.SourceFile,
    readonly either: TensorRewriting["either"],
    /** Lines before the user's own. */
    readonly before: number,
  ) {}

  /** `__places[3]` */
  place(position: number): ts.Expression {
    const { line, character } = this.source.getLineAndCharacterOfPosition(position);
    const at = this.#numbers.push(line + 1 - this.before, character + 1) / 2 - 1;
    return this.factory.createElementAccessExpression(this.factory.createIdentifier(placesName), at);
  }

  /** The value, after which the place is told: the last thing that is evaluated before the call. */
  tell(value: ts.Expression, isInert: boolean, position: number): ts.Expression {
    const { factory } = this;
    const place = this.place(position);
    if (!isInert) return factory.createCallExpression(this.either("told"), undefined, [value, place]);
    this.#tells = true;
    const at = factory.createPropertyAccessExpression(factory.createIdentifier(siteName), "at");
    const told = factory.createAssignment(at, place);
    return factory.createParenthesizedExpression(factory.createCommaListExpression([told, value]));
  }

  /** `const __site = either.site, __places = either.places(file, [...])`, where anything was told. */
  declared(file: ts.Expression): ts.Statement[] {
    const { factory } = this;
    if (this.#numbers.length === 0) return [];
    const numbers = factory.createArrayLiteralExpression(
      this.#numbers.map((number) => factory.createNumericLiteral(number)),
    );
    const places = factory.createCallExpression(this.either("places"), undefined, [file, numbers]);
    const site = factory.createVariableDeclaration(siteName, undefined, undefined, this.either("site"));
    const list = [
      ...(this.#tells ? [site] : []),
      factory.createVariableDeclaration(placesName, undefined, undefined, places),
    ];
    return [
      factory.createVariableStatement(
        undefined,
        factory.createVariableDeclarationList(list, ts.NodeFlags.Const),
      ),
    ];
  }
}

/** `x.mean(0)` → `x.mean((__site.at = __places[0], 0))` */
export function tellCall(to: TensorRewriting, node: ts.CallExpression): ts.Expression | undefined {
  const { expression } = node;
  if (!ts.isPropertyAccessExpression(expression) || !isOpen(expression)) return undefined;
  const name = expression.name.text;
  const opens = opening.has(name) && isTraced(to, expression.expression);
  if (!opens) {
    if (silent.has(name) || node.arguments.some(ts.isFunctionLike)) return undefined;
    if (!isLazy(to, expression.expression) && !isTraced(to, expression.expression)) return undefined;
    if (!writing.has(name) && !isLazy(to, node)) return undefined;
  }
  const at = expression.name.getStart();
  const last = node.arguments.at(-1);
  const callee = (receiver: ts.Expression) =>
    to.factory.updatePropertyAccessExpression(expression, receiver, expression.name);
  if (!last)
    return to.factory.updateCallExpression(node, callee(told(to, expression.expression, at)), undefined, []);
  const args = [...node.arguments.slice(0, -1).map(to.rewrite), told(to, last, at)];
  return to.factory.updateCallExpression(node, callee(to.rewrite(expression.expression)), undefined, args);
}

/** `layer.output` → `(__site.at = __places[0], layer).output`, and `t[0]` */
export function tellRead(
  to: TensorRewriting,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
): ts.Expression | undefined {
  if (!isRecorded(to, node)) return undefined;
  const { factory } = to;
  if (ts.isPropertyAccessExpression(node))
    return factory.updatePropertyAccessExpression(
      node,
      told(to, node.expression, node.name.getStart()),
      node.name,
    );
  const key = told(to, node.argumentExpression, node.expression.getEnd());
  return factory.updateElementAccessExpression(node, to.rewrite(node.expression), key);
}

/** `layer.output = x` → `layer.output = (__site.at = __places[0], x)` */
export function tellWrite(to: TensorRewriting, node: ts.BinaryExpression): ts.Expression | undefined {
  const target = bare(node.left);
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !isAccess(target)) return undefined;
  if (!isRecorded(to, target)) return undefined;
  const { factory } = to;
  const owner = to.rewrite(target.expression);
  const left = ts.isPropertyAccessExpression(target)
    ? factory.updatePropertyAccessExpression(target, owner, target.name)
    : factory.updateElementAccessExpression(target, owner, to.rewrite(target.argumentExpression));
  const right = told(to, node.right, target.getEnd());
  return factory.updateBinaryExpression(node, left, node.operatorToken, right);
}

/** An operand, rewritten, after which the place of its operator is told. */
export const told = (to: TensorRewriting, operand: ts.Expression, position: number): ts.Expression => {
  const spread = ts.isSpreadElement(operand) ? operand.expression : operand;
  const value = to.sites.tell(to.rewrite(spread), isInert(to, spread), position);
  return ts.isSpreadElement(operand) ? placed(to.factory.createSpreadElement(value), operand) : value;
};

type Access = ts.PropertyAccessExpression | ts.ElementAccessExpression;

export const isAccess = (node: ts.Node): node is Access =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);

/** Whether reading or writing it is recorded: an edge of a module, a region of a tensor. */
export function isRecorded(to: TensorRewriting, node: Access): boolean {
  if (!isOpen(node)) return false;
  if (!ts.isPropertyAccessExpression(node)) return isLazy(to, node.expression);
  if (!recorded.has(node.name.text)) return false;
  return isTraced(to, node.expression) || isLazy(to, node.expression);
}

/** No part of `a?.b.c`, no `super.a`, no `a.#b`. */
const isOpen = (node: Access): boolean =>
  (node.flags & ts.NodeFlags.OptionalChain) === 0 &&
  node.expression.kind !== ts.SyntaxKind.SuperKeyword &&
  !(ts.isPropertyAccessExpression(node) && ts.isPrivateIdentifier(node.name));

function isLazy({ checker }: TensorRewriting, node: ts.Expression): boolean {
  const nature = natureOf(checker, checker.getTypeAtLocation(node));
  return nature === "operand" || nature === "mixed";
}

function isTraced({ checker }: TensorRewriting, node: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(node);
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return false;
  return checker.getPropertyOfType(type, brand) !== undefined;
}

/** Whether nothing of the library, and no code of the user's, runs when it is evaluated. */
function isInert(to: TensorRewriting, node: ts.Expression): boolean {
  if (ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isLiteralExpression(node) || node.kind === ts.SyntaxKind.NullKeyword) return true;
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return true;
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) return isInert(to, node.expression);
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every((element) => isInert(to, element));
  // The submodules of a module; an own property of another object may have a getter.
  return (
    isAccess(node) && isTraced(to, node.expression) && !isRecorded(to, node) && isInert(to, node.expression)
  );
}
