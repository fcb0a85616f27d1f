/** The ONNX operators that an op becomes, and how values pass between them. */
import type { OpNode } from "../../ir/node.ts";
import { opNamed } from "../../ops/named.ts";
import type { Emit } from "../../ops/spec.ts";
import type { Type } from "../../tensor/type.ts";

export interface Operators {
  readonly operators: readonly { readonly name: string }[];
  readonly edges: readonly (readonly [number, number])[];
}

export function operatorsOf({ op, inputs, params }: OpNode): Operators {
  const operators: { name: string }[] = [];
  const edges: [number, number][] = [];
  const makers = new Map<string, number>();
  const add = (name: string, from: readonly string[], count: number): string[] => {
    const at = operators.push({ name }) - 1;
    for (const maker of new Set(from.flatMap((one) => makers.get(one) ?? []))) edges.push([maker, at]);
    const made = Array.from({ length: count }, (_, i) => `made ${at} ${i}`);
    for (const one of made) makers.set(one, at);
    return made;
  };
  const emit: Emit = {
    node: (name, from) => add(name, from, 1)[0]!,
    nodes: (name, from, _, count) => add(name, from, typeof count === "number" ? count : count.length),
    ints: () => "constant",
    constant: () => "constant",
    data: () => "constant",
    stored: () => "constant",
    packed: () => undefined,
    blocks: () => undefined,
  };
  const names = inputs.map((input, i) => (input ? `given ${i}` : ""));
  const types = inputs.map((input) => input?.type) as Type[];
  opNamed(op).lower(emit, names, params, types);
  return { operators, edges };
}
