/** Nodes of older opsets in the form of the one that this library writes. */
import { create } from "@bufbuild/protobuf";
import { AttributeProtoSchema, AttributeProto_AttributeType as Kind, type NodeProto } from "onnx-buf";
import { ValueError } from "../base/errors.ts";
import type { Host } from "../tensor/host.ts";

/** The oldest from which the table below knows all changes. */
const OLDEST = 13;
const NEWEST = 23;

/** Operators whose attribute became an input, and since when. */
const moved: Readonly<Record<string, { readonly attribute: string; readonly since: number }>> =
  Object.fromEntries(
    ["Max", "Min", "Mean", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"].map((name) => [
      `Reduce${name}`,
      { attribute: "axes", since: 18 },
    ]),
  );

/** @throws ValueError for an opset that is older or newer than what is known */
export function requireKnown(opset: number): void {
  if (opset < OLDEST || opset > NEWEST)
    throw new ValueError(`it is written in opset ${opset}; ${OLDEST} to ${NEWEST} are read: export it again`);
}

/**
 * Changes a node in place.
 * @param weights constants; what a node needs besides is added
 */
export function upgrade(node: NodeProto, opset: number, weights: Map<string, Host>): void {
  const { opType, domain, attribute, input, output } = node;
  const change = domain === "" || domain === "ai.onnx" ? moved[opType] : undefined;
  const given = change && opset < change.since && attribute.find(({ name }) => name === change.attribute);
  if (given) {
    const name = `${output[0]}.${given.name}`;
    weights.set(name, { dtype: "int64", shape: [given.ints.length], data: BigInt64Array.from(given.ints) });
    node.input = [input[0]!, name];
    node.attribute = attribute.filter((one) => one !== given);
  } else if (opType === "Split" && opset < 18 && !input[1]) {
    const count = create(AttributeProtoSchema, {
      name: "num_outputs",
      type: Kind.INT,
      i: BigInt(output.length),
    });
    node.attribute = [...attribute, count];
  }
}
