/** Writes a backward step as ONNX: its steps forward, then the gradients back, and nothing that they do not need. */
import type { Slot } from "../../ir/node.ts";
import type { GraphBuilder } from "../../onnx/builder.ts";
import { number } from "../../ops/lowering.ts";
import type { BackwardStep, Step, Var } from "../step.ts";
import { differentiate } from "./differentiate.ts";

/** How forward steps are written. */
export interface Forward {
  step(builder: GraphBuilder, step: Step, names: Map<Var, string>): void;
  name(builder: GraphBuilder, value: Var, names: Map<Var, string>): string;
  weight(builder: GraphBuilder, slot: Slot): string;
}

/** @param names of the values that are there; the gradients are added */
export function emitBackward(
  builder: GraphBuilder,
  step: BackwardStep,
  names: Map<Var, string>,
  forward: Forward,
): void {
  builder.widens = true;
  const inner = new Map(names);
  for (const one of step.steps) forward.step(builder, one, inner);
  const given = new Map<string, string[]>();
  for (const { of, grad } of step.given) {
    const name = inner.get(of)!;
    given.set(name, [...(given.get(name) ?? []), forward.name(builder, grad, names)]);
  }
  const wanted = step.wanted.map((one) =>
    isVar(one) ? forward.name(builder, one, inner) : forward.weight(builder, one),
  );
  const dtype = step.given[0]!.of.type.dtype === "float64" ? "float64" : "float32";
  const made = differentiate(builder, given, wanted, dtype);
  step.outputs.forEach((output, i) => {
    const name = wanted[i]!;
    const zeros = (): string =>
      builder.node("Expand", [number(builder, 0, dtype), builder.node("Shape", [name])]);
    names.set(output, made.get(name) ?? zeros());
  });
}

const isVar = (one: Var | Slot): one is Var => "type" in one;
