/** Attention around which heads are split off, moved to the front and merged again, as attention on three axes. */
import type { Graph, OnnxNode } from "../../onnx/graph.ts";

/** A query, key or value before its heads were split off. */
interface Merged {
  /** `[batch, position, heads · size]` */
  readonly value: string;
  readonly heads: number;
  /** Turns it by its position, with the heads apart. */
  readonly rotary: OnnxNode | undefined;
}

/**
 * ONNX Runtime then neither moves values nor joins keys and values of earlier positions in nodes of their own; its
 * attention does both, to the same bits.
 */
export function fuseHeads(graph: Graph): Graph {
  const links = new Links(graph);
  /** What stands in for a node: nothing for one whose result the new attention makes. */
  const made = new Map<OnnxNode, readonly OnnxNode[]>();
  for (const node of graph.nodes) {
    const fused = node.operator === "Attention" ? fuse(node, links) : undefined;
    for (const one of fused?.replaced ?? []) made.set(one, []);
    if (fused) made.set(node, fused.nodes);
  }
  return { ...graph, nodes: graph.nodes.flatMap((node) => made.get(node) ?? [node]) };
}

function fuse(
  node: OnnxNode,
  links: Links,
): { readonly nodes: readonly OnnxNode[]; readonly replaced: readonly OnnxNode[] } | undefined {
  const [q, k, v, mask = "", ...past] = node.inputs as [string, string, string, ...string[]];
  const joins = past.length ? [] : [k, v].flatMap((name) => links.joining(name) ?? []);
  if (joins.length === 1) return undefined;
  const [newKeys = k, newValues = v] = joins.map(({ inputs }) => inputs[1]!);
  const [query, key, value] = [q, newKeys, newValues].map((name) => links.merged(name));
  const after = links.merging(node.outputs[0]!);
  if (!query || !key || !value || !after) return undefined;
  const turned = [query, key, value].map(({ rotary, value, heads }): OnnxNode | undefined => {
    if (!rotary) return undefined;
    return {
      ...rotary,
      inputs: [value, ...rotary.inputs.slice(1)],
      outputs: [`${rotary.outputs[0]}_merged`],
      attributes: { ...rotary.attributes, num_heads: heads },
    };
  });
  const names = [query, key, value].map((one, i) => turned[i]?.outputs[0] ?? one.value);
  const earlier = joins.length ? joins.map(({ inputs }) => inputs[0]!) : past;
  const attention: OnnxNode = {
    ...node,
    inputs: [...names, ...(mask || earlier.length ? [mask] : []), ...earlier],
    outputs: [
      after.at(-1)!.outputs[0]!,
      ...(joins.length ? joins.map(({ outputs }) => outputs[0]!) : node.outputs.slice(1)),
    ],
    attributes: { ...node.attributes, q_num_heads: query.heads, kv_num_heads: key.heads },
  };
  return {
    nodes: [...turned.filter((one) => one !== undefined), attention],
    replaced: [...joins, ...after],
  };
}

/** Who makes and who reads a value. */
class Links {
  readonly #makers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #sizes = new Map<string, readonly number[]>();

  constructor({ nodes, outputs, initializers }: Graph) {
    this.#outputs = new Set(outputs.map(({ name }) => name));
    for (const node of nodes) {
      for (const name of node.outputs) this.#makers.set(name, node);
      for (const name of node.inputs) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
    }
    for (const { name, value } of initializers)
      if (value.dtype === "int64" && value.shape.length === 1)
        this.#sizes.set(name, Array.from(value.data as BigInt64Array, Number));
  }

  /** What puts earlier positions before a value that only one node reads. */
  joining(name: string): OnnxNode | undefined {
    const maker = this.#makers.get(name);
    const joins = maker?.operator === "Concat" && maker.attributes["axis"] === 2 && maker.inputs.length === 2;
    return joins && this.#readers.get(name)?.length === 1 ? maker : undefined;
  }

  /** What `[batch, heads, position, size]` was before its heads were split off, if nobody reads what lies between. */
  merged(name: string): Merged | undefined {
    const rotary = this.#only(name, "RotaryEmbedding");
    const moved = this.#only(rotary?.inputs[0] ?? name, "Transpose");
    const split = moved && this.#only(moved.inputs[0]!, "Reshape");
    const sizes = split && this.#sizes.get(split.inputs[1]!);
    if (!isMove(moved) || sizes?.length !== 4 || sizes[0] !== 0 || sizes[1] !== 0) return undefined;
    return { value: split!.inputs[0]!, heads: sizes[2]!, rotary };
  }

  /** What moves the heads behind the positions again and merges them. */
  merging(name: string): readonly OnnxNode[] | undefined {
    const moved = this.#next(name, "Transpose");
    const merged = moved && this.#next(moved.outputs[0]!, "Reshape");
    const sizes = merged && this.#sizes.get(merged.inputs[1]!);
    return isMove(moved) && sizes?.length === 3 && sizes[0] === 0 && sizes[1] === 0
      ? [moved!, merged!]
      : undefined;
  }

  /** The node of an operator that makes a value for one reader. */
  #only(name: string, operator: string): OnnxNode | undefined {
    const maker = this.#makers.get(name);
    const lone = this.#readers.get(name)?.length === 1 && !this.#outputs.has(name);
    return lone && maker?.operator === operator ? maker : undefined;
  }

  /** The node of an operator that alone reads a value. */
  #next(name: string, operator: string): OnnxNode | undefined {
    const [reader, other] = this.#readers.get(name) ?? [];
    return !other && !this.#outputs.has(name) && reader?.operator === operator ? reader : undefined;
  }
}

const isMove = (node: OnnxNode | undefined): boolean => String(node?.attributes["perm"]) === "0,2,1,3";
