/** The methods that operators stand for. */
import { ts } from "../typescript.ts";

const { SyntaxKind } = ts;

export type BinaryMethod =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "pow"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "ne";

export const binaryMethods: ReadonlyMap<ts.SyntaxKind, BinaryMethod> = new Map([
  [SyntaxKind.PlusToken, "add"],
  [SyntaxKind.MinusToken, "sub"],
  [SyntaxKind.AsteriskToken, "mul"],
  [SyntaxKind.SlashToken, "div"],
  [SyntaxKind.PercentToken, "mod"],
  [SyntaxKind.AsteriskAsteriskToken, "pow"],
  [SyntaxKind.LessThanToken, "lt"],
  [SyntaxKind.LessThanEqualsToken, "le"],
  [SyntaxKind.GreaterThanToken, "gt"],
  [SyntaxKind.GreaterThanEqualsToken, "ge"],
  [SyntaxKind.EqualsEqualsToken, "eq"],
  [SyntaxKind.ExclamationEqualsToken, "ne"],
]);

export const compoundMethods: ReadonlyMap<ts.SyntaxKind, BinaryMethod> = new Map([
  [SyntaxKind.PlusEqualsToken, "add"],
  [SyntaxKind.MinusEqualsToken, "sub"],
  [SyntaxKind.AsteriskEqualsToken, "mul"],
  [SyntaxKind.SlashEqualsToken, "div"],
  [SyntaxKind.PercentEqualsToken, "mod"],
  [SyntaxKind.AsteriskAsteriskEqualsToken, "pow"],
]);

export const isEquality = (method: BinaryMethod): boolean => method === "eq" || method === "ne";

const comparisons: ReadonlySet<BinaryMethod> = new Set(["lt", "le", "gt", "ge", "eq", "ne"]);
export const isComparison = (method: BinaryMethod): boolean => comparisons.has(method);

const reflected: ReadonlyMap<BinaryMethod, BinaryMethod> = new Map([
  ["lt", "gt"],
  ["le", "ge"],
  ["gt", "lt"],
  ["ge", "le"],
]);

/** The method of the right operand that tells what it accepts on its left: `2 < t` is `t.gt(2)`. */
export const reflectedMethod = (method: BinaryMethod): BinaryMethod => reflected.get(method) ?? method;

export const unaryMethods: ReadonlyMap<ts.SyntaxKind, "neg" | "logicalNot"> = new Map([
  [SyntaxKind.MinusToken, "neg"],
  [SyntaxKind.ExclamationToken, "logicalNot"],
]);
