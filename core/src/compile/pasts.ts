/** Causal attention on keys and values of earlier positions: inputs of an untouched part, so that a run may begin in the middle. */
import type { OpNode } from "../ir/node.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import type { Emit } from "../ops/spec.ts";

/** Keys and values of one attention, `[batch, heads, position, size]`: names of inputs for the earlier positions, of outputs for all. */
export interface Past {
  readonly inputs: readonly [keys: string, values: string];
  readonly outputs: readonly [keys: string, values: string];
  /** Heads and size of the keys, and of the values. */
  readonly sizes: readonly [readonly [number, number], readonly [number, number]];
}

/** Writes the attentions of a graph. */
export class Pasts {
  readonly #made: Past[] = [];

  constructor(
    readonly builder: GraphBuilder,
    /** In the order in which they are written. */
    readonly attentions: readonly OpNode[],
  ) {}

  /** What a node is written by. */
  emitFor(node: OpNode, emit: Emit): Emit {
    const at = this.#made.length;
    if (this.attentions[at] !== node) return emit;
    const { builder } = this;
    const sizes = node.inputs.slice(1, 3).map((input) => {
      const { shape } = input!.type;
      return [shape[1], shape[3]] as [number, number];
    }) as [[number, number], [number, number]];
    const names = (["keys", "values"] as const).map((what, i) =>
      builder.input(`past_${what}_${at}`, "float32", [null, sizes[i]![0], null, sizes[i]![1]]),
    ) as [string, string];
    return {
      ...emit,
      node: (operator, inputs, attributes = {}) => {
        const [made, keys, values] = builder.nodes(operator, [...inputs, "", ...names], attributes, 3);
        this.#made.push({ inputs: names, outputs: [keys!, values!], sizes });
        return made!;
      },
    };
  }

  /** Declares keys and values as results of the graph. */
  declare(): readonly Past[] {
    for (const { outputs } of this.#made)
      for (const name of outputs) this.builder.output(name, "float32", [null, null, null, null]);
    return this.#made;
  }
}
