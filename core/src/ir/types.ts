/** The types that nodes have by the rules of their ops, against those that are stated. */
import { ShapeError } from "../base/errors.ts";
import { opNamed } from "../ops/named.ts";
import type { Params } from "../ops/spec.ts";
import type { OpName } from "../ops/table.ts";
import { type Dim, nameOfDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import type { Result } from "./node.ts";

/** The types of the results of an op. @throws ShapeError when it refuses its inputs */
export function typesOf(
  name: OpName,
  inputs: readonly (Pick<Result, "type"> | undefined)[],
  params: Params,
): readonly Type[] {
  const types = inputs.map((input) => input?.type) as Type[];
  const inferred = opNamed(name).infer(types, params);
  return Array.isArray(inferred) ? (inferred as Type[]) : [inferred as Type];
}

/** Whether a type is what a rule gives. Sizes that the run makes, such as the number of non-zeros, are named anew each time. */
export const agrees = (stated: Type, inferred: Type): boolean =>
  !stated.dynamic === !inferred.dynamic &&
  stated.dtype === inferred.dtype &&
  stated.shape.length === inferred.shape.length &&
  stated.shape.every((dim, i) => sameOrOpen(dim, inferred.shape[i]!));

const sameOrOpen = (a: Dim, b: Dim): boolean =>
  sizeOfDim(a) === sizeOfDim(b) && (nameOfDim(a) === nameOfDim(b) || sizeOfDim(a) === undefined);

/** Whether a value of one type may stand where the other is known: sizes that are known are the same. */
export const fits = (a: Type, b: Type): boolean =>
  a.dynamic ||
  b.dynamic ||
  (a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((dim, i) => {
      const [one, other] = [sizeOfDim(dim), sizeOfDim(b.shape[i]!)];
      return one === undefined || other === undefined || one === other;
    }));

/** @throws ShapeError when an op does not give what is stated */
export function requireAgreement(name: string, stated: readonly Type[], inferred: readonly Type[]): void {
  if (stated.length === inferred.length && stated.every((type, i) => agrees(type, inferred[i]!))) return;
  throw new ShapeError(
    `${name} gives ${inferred.map(printType).join(" and ")}, but it is said to give ${stated.map(printType).join(" and ")}.`,
  );
}
