/**
 * An operator of a model file as it is: outside the table, so that no user and no program that travels can name it.
 * Its types are those that were found when the file was read.
 */
import { RuntimeError } from "../base/errors.ts";
import type { Type } from "../tensor/type.ts";
import type { Attribute, Op, Params } from "./spec.ts";
import type { OpName } from "./table.ts";

/** The name of its nodes. */
export const rawName = "onnx" as OpName;

export interface RawOperator {
  readonly operator: string;
  readonly domain: string;
  /** By name the bytes of each attribute as the file has them, in base64. */
  readonly attributes: readonly (readonly [string, string])[];
  /** What graphs in its attributes read of the one around: the last of its operands, by these names. */
  readonly captures?: readonly string[];
  /** "" is a result that the file does not ask for. */
  readonly outputs: readonly string[];
  readonly types: readonly Type[];
}

export const rawParams = (one: RawOperator): Params => ({
  operator: one.operator,
  domain: one.domain,
  attributes: one.attributes,
  captures: one.captures ?? [],
  wanted: one.outputs.map((name) => name !== ""),
  types: JSON.stringify(one.types),
});

export const raw: Op = {
  call: () => {
    throw new RuntimeError("an operator of a model file cannot be called.");
  },
  infer: (_, { types }) => JSON.parse(types),
  lower: (emit, inputs, { operator, domain, attributes, captures, wanted }) => {
    const own = inputs.length - captures.length;
    const names = Object.fromEntries(
      (captures as readonly string[]).map((name, i) => [name, inputs[own + i]!]),
    );
    const written = (attributes as RawOperator["attributes"]).map(([name, proto]): [string, Attribute] => [
      name,
      captures.length ? { proto, names } : { proto },
    ]);
    return emit.nodes(operator, inputs.slice(0, own), Object.fromEntries(written), wanted, domain);
  },
  evaluate: () => {
    throw new RuntimeError("an operator of a model file runs in a trace only.");
  },
  flops: () => 0,
};
