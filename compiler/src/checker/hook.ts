/** What the checker asks at the places that `patch.ts` has put into it. */
import { ts } from "../typescript.ts";
import { isNumeric, natureOf, partsOf } from "./nature.ts";
import { typeOfBinary, typeOfChoice, typeOfUnary, union } from "./operations.ts";

interface OperatorHook {
  /** What a variable begins with whose type nobody wrote: an empty array takes the types of what is put there, nothing takes any. */
  begun(declaration: ts.Node): "array" | "nothing" | undefined;
  binary: typeof typeOfBinary;
  unary: typeof typeOfUnary;
  choice: typeof typeOfChoice;
  /** Whether a variable of this type may become a tensor after a condition, though what is assigned is a number. */
  widens(checker: ts.TypeChecker, declared: ts.Type, assigned: ts.Type): boolean;
  /** The type of a variable that begins as a number which may be lazy: it may become a plain one. */
  widened(checker: ts.TypeChecker, type: ts.Type, declaration: ts.Node): ts.Type;
  /** The type that the target of `x *= y` may hold. */
  target(checker: ts.TypeChecker, left: ts.Expression, leftType: ts.Type): ts.Type;
  /** Whether `x *= y` may give a variable of this type another of its types. */
  rebinds(checker: ts.TypeChecker, declared: ts.Type): boolean;
}

const hook: OperatorHook = {
  begun(declaration) {
    if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return undefined;
    if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) return undefined;
    const { initializer } = declaration;
    if (initializer && ts.isArrayLiteralExpression(initializer) && !initializer.elements.length)
      return "array";
    const isConstant = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
    return initializer && !isConstant && isNothing(initializer) ? "nothing" : undefined;
  },
  binary: typeOfBinary,
  unary: typeOfUnary,
  choice: typeOfChoice,
  widened: (checker, type, declaration) =>
    type.isIntersection() &&
    isNumeric(type) &&
    ts.isVariableDeclaration(declaration) &&
    (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) === 0 &&
    natureOf(checker, type) === "mixed"
      ? union(checker, [checker.getNumberType(), type])
      : type,
  rebinds: (checker, declared) => natureOf(checker, declared) === "mixed",
  widens: (checker, declared, assigned) =>
    natureOf(checker, declared) === "mixed" &&
    [declared, assigned].every((type) => partsOf(checker, type).some(isNumeric)) &&
    partsOf(checker, assigned).every(isNumeric),
  target: (checker, left, leftType) => {
    const symbol = ts.isIdentifier(left) ? checker.getSymbolAtLocation(left) : undefined;
    const declared = symbol && checker.getTypeOfSymbol(symbol);
    return declared && natureOf(checker, declared) === "mixed" ? declared : leftType;
  },
};

const isNothing = (value: ts.Expression): boolean =>
  value.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(value) && value.text === "undefined");

Object.assign(ts, { operatorHook: hook });
