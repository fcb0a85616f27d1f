/** Whether a value of a type can be a tensor. */
import { ts } from "../typescript.ts";

/**
 * `plain`: never a tensor. `operand`: always one. `mixed`: one or something else, as its type says: a union, or a
 * number that may be lazy.
 * `open`: the type does not tell (`any`, `unknown`, `object`, a type parameter), so the run decides.
 */
export type Nature = "plain" | "operand" | "mixed" | "open";

/** The property by which the library marks the types of values with operators; optional where one may be a number. */
const brand = "isOperand";

const openFlags = ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive;
const structured = ts.TypeFlags.Object | ts.TypeFlags.Intersection;
const nullish = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;

const known = new WeakMap<ts.Type, Nature>();

export function natureOf(checker: ts.TypeChecker, type: ts.Type): Nature {
  const found = known.get(type);
  if (found) return found;
  const nature = find(checker, type);
  known.set(type, nature);
  return nature;
}

function find(checker: ts.TypeChecker, type: ts.Type): Nature {
  if (type.flags & openFlags) return "open";
  if (type.flags & ts.TypeFlags.Instantiable) {
    const constraint = checker.getBaseConstraintOfType(type);
    return constraint && constraint !== type ? natureOf(checker, constraint) : "open";
  }
  if (type.isUnion()) {
    const natures = new Set(type.types.map((part) => natureOf(checker, part)));
    if (natures.has("open")) return "open";
    if (natures.size === 1) return natures.has("operand") ? "operand" : "plain";
    return "mixed";
  }
  if (!(type.flags & structured)) return "plain";
  const mark = checker.getPropertyOfType(type, brand);
  if (mark) return mark.flags & ts.SymbolFlags.Optional ? "mixed" : "operand";
  return isEmptyObject(checker, type) ? "open" : "plain";
}

/** `{}` holds any value. */
function isEmptyObject(checker: ts.TypeChecker, type: ts.Type): boolean {
  return (
    checker.getPropertiesOfType(type).length === 0 &&
    type.getCallSignatures().length === 0 &&
    type.getConstructSignatures().length === 0 &&
    checker.getIndexInfosOfType(type).length === 0
  );
}

/** The types that a value of this type may have: those of a union, or of a type parameter's constraint. */
export function partsOf(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] {
  const bound = type.flags & ts.TypeFlags.Instantiable ? checker.getBaseConstraintOfType(type) : type;
  return bound?.isUnion() ? bound.types : [bound ?? type];
}

const numeric = ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike;
export const isNumeric = (type: ts.Type): boolean =>
  (type.flags & numeric) !== 0 || (type.isIntersection() && type.types.some(isNumeric));

export const isNullish = (type: ts.Type): boolean => (type.flags & nullish) !== 0;

/** Whether the type is that of a tensor that may be missing. */
export function isOptionalOperand(checker: ts.TypeChecker, type: ts.Type): boolean {
  return natureOf(checker, type) === "mixed" && partsOf(checker, type).some(isNullish);
}
