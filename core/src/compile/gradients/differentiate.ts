/** Goes back through a graph: from the gradients of some of its values to those of others. */
import { RuntimeError } from "../../base/errors.ts";
import type { GraphBuilder } from "../../onnx/builder.ts";
import type { OnnxNode } from "../../onnx/graph.ts";
import { onnxType } from "../../ops/lowering.ts";
import { Site, type Wide } from "./site.ts";
import { flat, keepsType, rules, smooth } from "./table.ts";

/**
 * Writes the backward part of what a builder holds.
 * @param given the gradients of values, by their names
 * @param wanted the names of the values whose gradients are asked for
 * @returns the gradient of each wanted value that leads to a given one
 * @throws RuntimeError for an operator whose gradient is not known
 */
export function differentiate(
  builder: GraphBuilder,
  given: ReadonlyMap<string, readonly string[]>,
  wanted: readonly string[],
  dtype: Wide,
): Map<string, string> {
  const nodes = [...builder.written];
  const moving = new Set(wanted);
  const moves = (operator: string, inputs: readonly string[]): boolean[] =>
    inputs.map((name, i) => name !== "" && moving.has(name) && (smooth[operator]?.includes(i) ?? true));
  for (const node of nodes)
    if (!isFlat(node) && moves(node.operator, node.inputs).some(Boolean))
      for (const name of node.outputs) moving.add(name);
  for (const node of nodes) {
    const [[input], [output]] = [node.inputs, node.outputs];
    const type = keepsType(node) ? builder.types.get(input!) : undefined;
    if (type && !builder.types.has(output!)) builder.types.set(output!, type);
  }
  const parts = new Map<string, string[]>([...given].map(([name, list]) => [name, [...list]]));
  const total = (name: string): string | undefined => {
    const list = parts.get(name);
    if (!list?.length) return undefined;
    const sum = list.reduce((a, b) => builder.node("Add", [a, b]));
    parts.set(name, [sum]);
    const type = builder.types.get(name);
    if (type && !builder.types.has(sum)) builder.types.set(sum, type);
    return sum;
  };
  for (const node of nodes.toReversed()) {
    const needs = moves(node.operator, node.inputs);
    if (isFlat(node) || !needs.some(Boolean)) continue;
    const grads = node.outputs.map(total);
    if (grads.every((one) => one === undefined)) continue;
    const rule = rules[node.operator];
    if (!rule)
      throw new RuntimeError(
        `no gradient is known for the ONNX operator ${node.domain ? `${node.domain}.` : ""}${node.operator}.`,
      );
    for (const [i, made] of rule(new Site(builder, node, grads, needs, dtype)).entries())
      if (made !== undefined && needs[i]) {
        const name = node.inputs[i]!;
        const list = parts.get(name);
        if (list) list.push(made);
        else parts.set(name, [made]);
      }
  }
  return new Map(
    wanted.flatMap((name) => {
      const sum = total(name);
      return sum === undefined ? [] : [[name, sum] as const];
    }),
  );
}

const floats: ReadonlySet<unknown> = new Set([onnxType.float32, onnxType.float64]);

/** Whether the gradient ends at a node: what it makes does not move with its inputs, or is no float. */
const isFlat = ({ operator, attributes }: OnnxNode): boolean =>
  flat.has(operator) || (operator === "Cast" && !floats.has(attributes["to"]));
