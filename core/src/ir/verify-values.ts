/** The rules for nodes that the table of ops knows: ops and constants. */
import { NNsightError, ShapeError, TypeError, ValueError } from "../base/errors.ts";
import type { Params } from "../ops/spec.ts";
import { type OpName, table } from "../ops/table.ts";
import { dtypeNames, facts } from "../tensor/dtype.ts";
import { allocate, sizeOf } from "../tensor/host.ts";
import { printType, type Type } from "../tensor/type.ts";
import type { Constant, OpNode } from "./node.ts";
import { requireAgreement, typesOf } from "./types.ts";

/** @throws TypeError for an op or parameters that the table does not have, ShapeError for types that it does not give */
export function verifyOp(node: OpNode, what: string): void {
  if (!Object.hasOwn(table, node.op)) throw new TypeError(`${what} is no op of the table.`);
  if (!Object.values(node.params).every(isParam))
    throw new TypeError(`${what} has parameters that are no plain data.`);
  const stated = node.results.map(({ type }) => type);
  requireAgreement(what, stated, inferred(node.op, node.inputs, node.params, what));
}

/** Rules of ops are written for what their own calls let through; what else they make of an input counts as a refusal. */
function inferred(op: OpName, inputs: OpNode["inputs"], params: Params, what: string): readonly Type[] {
  if (inputs.some((input) => input?.type.dynamic))
    throw new TypeError(`${what} takes tensors, but is given a value that only the run knows.`);
  try {
    const types = typesOf(op, inputs, params);
    if (types.every(isType)) return types;
  } catch (error) {
    if (error instanceof NNsightError) throw error;
  }
  throw new ShapeError(
    `${what} refuses (${inputs.map((input) => (input ? printType(input.type) : "none")).join(", ")}) with ${JSON.stringify(params)}.`,
  );
}

const isParam = (value: unknown): boolean =>
  value === null ||
  ["number", "boolean", "string", "undefined"].includes(typeof value) ||
  (Array.isArray(value) && value.every(isParam));

const isType = ({ dtype, shape }: Type): boolean =>
  dtypeNames.includes(dtype) &&
  shape.every((dim) => typeof dim !== "number" || (Number.isSafeInteger(dim) && dim >= 0));

/** How many bytes it holds. @throws ValueError when it does not hold what its type says */
export function verifyConstant({ value, results }: Constant, what: string): number {
  const { dtype, shape, data } = value;
  const type = results[0]?.type;
  const right =
    results.length === 1 &&
    type?.dtype === dtype &&
    printType(type) === printType(value) &&
    dtypeNames.includes(dtype) &&
    isType(value) &&
    data.constructor === allocate(dtype, 0).constructor &&
    data.length === sizeOf(shape);
  if (!right) throw new ValueError(`${what} does not hold as many values of its dtype as its shape says.`);
  return data.length * facts[dtype].bytes;
}
