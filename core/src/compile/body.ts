/** Writes the body of a module as ONNX nodes, with its weights by reference. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, scopeOf } from "../ir/fn.ts";
import { isResult, type OpNode, type Result, type Slot } from "../ir/node.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import { opNamed } from "../ops/named.ts";
import { whole } from "../ops/packed.ts";
import type { Emit } from "../ops/spec.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { isProduct } from "./gradients/products.ts";
import type { Pasts } from "./pasts.ts";

/** What is noted of a body while it is written. */
export interface Noted {
  readonly pasts?: Pasts | undefined;
  /** Names of what products with weights have made, in the order in which they are written. */
  readonly products?: string[] | undefined;
}

/** The body of a module, and of those it calls, written in place. */
export function emitFn(
  builder: GraphBuilder,
  fn: Fn,
  passed: readonly string[],
  noted: Noted = {},
): string[] {
  const frame = new Map<Result, string>();
  fn.inputs.forEach((input, i) => void frame.set(input.results[0]!, passed[i]!));
  const fixed: Emit = {
    node: (...args) => builder.node(...args),
    nodes: (...args) => builder.nodes(...args),
    ints: (values) => builder.ints(values),
    constant: (value) => builder.constant(value),
    data: (value) => builder.constant(value),
    stored: (value, raw) => builder.stored(value, raw),
    packed: (name) => builder.packed(name),
    blocks: (name) => builder.blocks(name),
  };
  for (const node of fn.nodes) {
    let made: readonly string[] = [];
    if (node.kind === "weight") made = [weightIn(builder, node.slot)];
    else if (node.kind === "constant") made = [builder.constant(node.value)];
    else if (node.kind === "op") {
      const inputs = node.inputs.map((input) => (input ? frame.get(input)! : ""));
      made = lower(
        noted.pasts?.emitFor(node, fixed) ?? fixed,
        node,
        inputs,
        node.inputs.map((input) => input?.type),
      );
      if (noted.products && isProduct(node)) noted.products.push(made[0]!);
    } else if (node.kind === "call")
      made = builder.within(scopeOf(node), () =>
        emitFn(
          builder,
          node.fn,
          node.inputs.map((input) => frame.get(input)!),
          noted,
        ),
      );
    else continue;
    node.results.forEach((result, i) => {
      frame.set(result, made[i]!);
      builder.types.set(made[i]!, result.type);
    });
  }
  return leavesOf(fn.output, isResult).map((leaf) => frame.get(leaf)!);
}

const written = new WeakMap<GraphBuilder, Map<Host, string>>();

/** A weight, once in a graph however often it is used. */
export function weightIn(builder: GraphBuilder, slot: Slot): string {
  const names = written.get(builder) ?? new Map<Host, string>();
  written.set(builder, names);
  const host = slot.read();
  const known = names.get(host);
  if (known !== undefined) return known;
  const own = builder.unique(builder.pathOf(slot.name));
  const packed = host.packed && builder.pack(own, host.packed);
  const name = packed === undefined ? builder.weight(own, host) : builder.widens ? whole(builder, own) : own;
  names.set(host, name);
  return name;
}

export function lower(
  emit: Emit,
  node: OpNode,
  inputs: readonly string[],
  types: readonly (Type | undefined)[],
): readonly string[] {
  const { takesPacked, lower } = opNamed(node.op);
  const given = takesPacked ? inputs : inputs.map((name) => whole(emit, name));
  const made = lower(emit, given, node.params, types as Type[]);
  return typeof made === "string" ? [made] : made;
}
