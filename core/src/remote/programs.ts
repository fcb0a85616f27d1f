/** What a program that travels consists of: the programs within it, and the types that functions tell. */
import type { Program } from "../ir/program.ts";
import type { RegionBody } from "../ir/region.ts";
import { dtypeNames } from "../tensor/dtype.ts";
import type { Type } from "../tensor/type.ts";
import type { StepForm } from "../wire/form.ts";

/** Each program and those within it. */
export function* programsIn(program: Program, seen = new Set<RegionBody>()): Generator<Program> {
  yield program;
  for (const node of program.nodes)
    if (node.kind === "region" && !seen.has(node.body)) {
      seen.add(node.body);
      yield* programsIn(node.body.program(), seen);
    }
}

/** The type of what the library's conversion to a tensor gives. */
export function toldType({ name, params }: StepForm): { readonly type?: Type } {
  const [, , , dtype, ...sizes] = params;
  const known = name === "tensor" && dtypeNames.find((one) => one === dtype);
  if (!known) return {};
  return {
    type: { dtype: known, shape: sizes.map((size) => (typeof size === "number" ? size : { name: size })) },
  };
}
