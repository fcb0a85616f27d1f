/** The programs within a program that travels. */
import type { Program } from "../ir/program.ts";
import type { RegionBody } from "../ir/region.ts";

/** Each program and those within it. */
export function* programsIn(program: Program, seen = new Set<RegionBody>()): Generator<Program> {
  yield program;
  for (const node of program.nodes)
    if (node.kind === "region" && !seen.has(node.body)) {
      seen.add(node.body);
      yield* programsIn(node.body.program(), seen);
    }
}
