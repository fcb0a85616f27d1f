/** The type of `a + b`, `-a`, `a && b`, `a ? b : c` when tensors are among the operands. */
import { ts } from "../typescript.ts";
import {
  type BinaryMethod,
  binaryMethods,
  compoundMethods,
  isComparison,
  isEquality,
  reflectedMethod,
  unaryMethods,
} from "./methods.ts";
import { isNullish, isNumeric, natureOf, partsOf } from "./nature.ts";

const { TypeFlags } = ts;

/** TypeScript's own, though not in its declarations. */
type Checker = ts.TypeChecker & { getUnionType(types: readonly ts.Type[]): ts.Type };
export const union = (checker: ts.TypeChecker, types: readonly ts.Type[]) =>
  (checker as Checker).getUnionType(types);

/** What is assigned, or undefined when TypeScript's own rule holds. */
export function typeOfBinary(
  checker: ts.TypeChecker,
  operator: ts.SyntaxKind,
  left: ts.Expression,
  leftType: ts.Type,
  rightType: ts.Type,
): ts.Type | undefined {
  if (operator === ts.SyntaxKind.EqualsToken) return typeOfIndexWrite(checker, left, leftType, rightType);
  const method = binaryMethods.get(operator) ?? compoundMethods.get(operator);
  if (!method) return typeOfLogical(checker, operator, leftType, rightType);
  if (natureOf(checker, leftType) === "plain" && natureOf(checker, rightType) === "plain") return undefined;
  const results: ts.Type[] = [];
  for (const a of partsOf(checker, leftType))
    for (const b of partsOf(checker, rightType)) {
      const result = typeOfPair(checker, method, a, b);
      if (!result) return undefined;
      results.push(result);
    }
  return union(checker, results);
}

function typeOfPair(
  checker: ts.TypeChecker,
  method: BinaryMethod,
  a: ts.Type,
  b: ts.Type,
): ts.Type | undefined {
  const [left, right] = [natureOf(checker, a), natureOf(checker, b)];
  if (left !== "operand" && right !== "operand" && (left === "mixed" || right === "mixed"))
    return typeOfScalars(checker, method, a, b);
  if (left === "operand") {
    const result = returned(checker, a, method, b);
    if (result || right !== "operand") return result;
  }
  if (right === "operand") return returned(checker, b, reflectedMethod(method), a);
  if (left === "plain" && right === "plain") return typeOfPlainPair(checker, method, a, b);
  if (method === "add" && (a.flags | b.flags) & TypeFlags.StringLike) return checker.getStringType();
  if (isEquality(method) && (isNullish(a) || isNullish(b))) return checker.getBooleanType();
  const isAny = ((left === "open" ? a : b).flags & TypeFlags.Any) !== 0;
  return isAny || isEquality(method) ? checker.getAnyType() : undefined;
}

/** Numbers, of which one at least may be lazy; beside a text it is printed. What a comparison gives, only the run tells. */
function typeOfScalars(checker: ts.TypeChecker, method: BinaryMethod, a: ts.Type, b: ts.Type) {
  const [owner, other] = natureOf(checker, a) === "mixed" ? [a, b] : [b, a];
  if (!isNumeric(other)) return typeOfPlainPair(checker, method, a, b);
  const lazy = returned(checker, owner, method, checker.getNumberType());
  return lazy && isComparison(method) ? checker.getAnyType() : lazy;
}

function typeOfPlainPair(checker: ts.TypeChecker, method: BinaryMethod, a: ts.Type, b: ts.Type) {
  const both = (flags: ts.TypeFlags) => (a.flags & flags) !== 0 && (b.flags & flags) !== 0;
  if (isEquality(method)) return checker.getBooleanType();
  const isText = method === "add" && ((a.flags | b.flags) & TypeFlags.StringLike) !== 0;
  if (isText) return checker.getStringType();
  if (isComparison(method))
    return both(TypeFlags.NumberLike) || both(TypeFlags.StringLike) || both(TypeFlags.BigIntLike)
      ? checker.getBooleanType()
      : undefined;
  if (both(TypeFlags.NumberLike)) return checker.getNumberType();
  return both(TypeFlags.BigIntLike) ? checker.getBigIntType() : undefined;
}

/** `t[0] = 5`: what `t.set` takes may be assigned to a place of `t`, though reading it gives a tensor. */
function typeOfIndexWrite(
  checker: ts.TypeChecker,
  left: ts.Expression,
  leftType: ts.Type,
  rightType: ts.Type,
): ts.Type | undefined {
  if (!ts.isElementAccessExpression(left) || natureOf(checker, leftType) !== "operand") return undefined;
  const owner = checker.getTypeAtLocation(left.expression);
  if (natureOf(checker, owner) !== "operand") return undefined;
  const set = checker.getPropertyOfType(checker.getApparentType(owner), "set");
  const [signature] = set ? checker.getTypeOfSymbol(set).getCallSignatures() : [];
  const content = signature && parameterType(checker, signature, 1);
  return content && checker.isTypeAssignableTo(rightType, content) ? leftType : undefined;
}

/** `a && b` and `a || b`: of a tensor JavaScript would always take one side. */
function typeOfLogical(
  checker: ts.TypeChecker,
  operator: ts.SyntaxKind,
  left: ts.Type,
  right: ts.Type,
): ts.Type | undefined {
  const isAnd = operator === ts.SyntaxKind.AmpersandAmpersandToken;
  if (!isAnd && operator !== ts.SyntaxKind.BarBarToken) return undefined;
  const nature = natureOf(checker, left);
  if (nature !== "operand" && nature !== "mixed") return undefined;
  const kept = partsOf(checker, left).filter((part) => isAnd || !isNullish(part));
  return union(checker, [...kept, right]);
}

export function typeOfUnary(
  checker: ts.TypeChecker,
  operator: ts.SyntaxKind,
  operand: ts.Type,
): ts.Type | undefined {
  const method = unaryMethods.get(operator);
  const nature = method && natureOf(checker, operand);
  if (!method || nature === "plain") return undefined;
  if (nature === "open")
    return method === "logicalNot" || operand.flags & TypeFlags.Any ? checker.getAnyType() : undefined;
  const results = partsOf(checker, operand).map((part) => {
    if (natureOf(checker, part) === "operand")
      return returned(checker, part, method) ?? (method === "logicalNot" ? checker.getAnyType() : undefined);
    if (method === "logicalNot") return checker.getBooleanType();
    if (natureOf(checker, part) === "mixed") return part;
    return part.flags & TypeFlags.NumberLike ? checker.getNumberType() : undefined;
  });
  return results.every((result) => result !== undefined) ? union(checker, results) : undefined;
}

/** `a ? b : c`: with numbers on both sides a tensor chooses a tensor. */
export function typeOfChoice(
  checker: ts.TypeChecker,
  condition: ts.Type,
  then: ts.Type,
  otherwise: ts.Type,
): ts.Type | undefined {
  const nature = natureOf(checker, condition);
  if (nature === "plain") return undefined;
  const parts = [...partsOf(checker, then), ...partsOf(checker, otherwise)];
  const isTensor = (part: ts.Type) => natureOf(checker, part) === "operand";
  if (!parts.every((part) => isNumeric(part) || isTensor(part))) return undefined;
  if (!parts.some(isNumeric)) return undefined;
  if (nature === "open") return checker.getAnyType();
  const tensors = [...partsOf(checker, condition), ...parts].filter(isTensor);
  return union(checker, nature === "operand" ? tensors : [...tensors, ...parts.filter(isNumeric)]);
}

/** What the method returns when it is called with a value of the other type, or undefined when it does not take it. */
function returned(checker: ts.TypeChecker, owner: ts.Type, method: string, other?: ts.Type) {
  const property = checker.getPropertyOfType(checker.getApparentType(owner), method);
  const signatures = property ? checker.getTypeOfSymbol(property).getCallSignatures() : [];
  for (const signature of signatures) {
    const parameter = parameterType(checker, signature, 0);
    const isTaken = other ? parameter && checker.isTypeAssignableTo(other, parameter) : true;
    if (isTaken) return checker.getReturnTypeOfSignature(signature);
  }
  return undefined;
}

/** A parameter's type, also when the parameters are given as one tuple. */
function parameterType(
  checker: ts.TypeChecker,
  signature: ts.Signature,
  position: number,
): ts.Type | undefined {
  const parameter = signature.parameters[position];
  const type = parameter && checker.getTypeOfSymbol(parameter);
  if (type && !checker.isTupleType(type)) return type;
  const tuple = signature.parameters[0] && checker.getTypeOfSymbol(signature.parameters[0]);
  if (!tuple || !checker.isTupleType(tuple)) return undefined;
  return checker.getTypeArguments(tuple as ts.TypeReference)[position];
}
