/** Operators: a method of the tensor where the types tell that it is one, a decision at run time where they do not. */
import {
  type BinaryMethod,
  binaryMethods,
  compoundMethods,
  isEquality,
  unaryMethods,
} from "../checker/methods.ts";
import { natureOf } from "../checker/nature.ts";
import { typeOfBinary } from "../checker/operations.ts";
import { ts } from "../typescript.ts";
import { placed, type TensorRewriting } from "./context.ts";
import { bare, isStable, loaded } from "./places.ts";
import { isAccess, isRecorded, told } from "./sites.ts";

export function rewriteBinary(to: TensorRewriting, node: ts.BinaryExpression): ts.Expression | undefined {
  const kind = node.operatorToken.kind;
  const method = binaryMethods.get(kind) ?? compoundMethods.get(kind);
  if (!method) return undefined;
  const form = formOf(to, method, node);
  if (form === "plain") return undefined;
  if (compoundMethods.has(kind)) return rewriteCompound(to, method, form, node);
  return placed(operation(to, method, form, node), node);
}

/** `-t`; `!t` is a condition's affair. */
export function rewriteNegation(
  to: TensorRewriting,
  node: ts.PrefixUnaryExpression,
): ts.Expression | undefined {
  const method = unaryMethods.get(node.operator);
  if (!method) return undefined;
  const type = to.checker.getTypeAtLocation(node.operand);
  const nature = natureOf(to.checker, type);
  if (nature === "plain") return undefined;
  const { factory } = to;
  const isMethod = nature === "operand" && to.checker.getPropertyOfType(type, method) !== undefined;
  const called = isMethod
    ? factory.createCallExpression(
        factory.createPropertyAccessExpression(told(to, node.operand, node.operand.getEnd()), method),
        undefined,
        [],
      )
    : factory.createCallExpression(to.either(method === "neg" ? "neg" : "not"), undefined, [
        to.rewrite(node.operand),
        to.sites.place(node.getStart()),
      ]);
  return placed(called, node);
}

type Form = "plain" | "method" | "either";

function formOf(to: TensorRewriting, method: BinaryMethod, node: ts.BinaryExpression): Form {
  const { checker } = to;
  const left = checker.getTypeAtLocation(node.left);
  const right = checker.getTypeAtLocation(node.right);
  const [a, b] = [natureOf(checker, left), natureOf(checker, right)];
  if (a === "plain" && b === "plain") return "plain";
  if (isEquality(method) && (isNothing(node.left) || isNothing(node.right))) return "plain";
  if (a !== "operand" || b === "open") return "either";
  const { kind } = node.operatorToken;
  return typeOfBinary(checker, kind, node.left, left, right) ? "method" : "either";
}

function isNothing(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}

function operation(
  to: TensorRewriting,
  method: BinaryMethod,
  form: Form,
  { left, right }: ts.BinaryExpression,
): ts.Expression {
  const { factory } = to;
  const owner = to.rewrite(left);
  if (form === "method")
    return factory.createCallExpression(factory.createPropertyAccessExpression(owner, method), undefined, [
      told(to, right, left.getEnd()),
    ]);
  const args = [owner, to.rewrite(right), to.sites.place(left.getStart())];
  return factory.createCallExpression(to.either(method), undefined, args);
}

/** `x += y` → `x = x.add(y)`; what stands left of it is evaluated once. */
function rewriteCompound(
  to: TensorRewriting,
  method: BinaryMethod,
  form: Form,
  node: ts.BinaryExpression,
): ts.Expression | undefined {
  const { factory } = to;
  const target = bare(node.left);
  if (ts.isIdentifier(target) || isStable(target, node.right)) {
    const value = placed(operation(to, method, form, node), node);
    const told =
      isAccess(target) && isRecorded(to, target) ? to.sites.tell(value, false, target.getEnd()) : value;
    return placed(factory.createAssignment(to.rewrite(target), told), node);
  }
  const place = loaded(to, target, node);
  if (!place) return undefined;
  const args = [place, to.either(method), to.rewrite(node.right)];
  return placed(factory.createCallExpression(to.either("store"), undefined, args), node);
}
