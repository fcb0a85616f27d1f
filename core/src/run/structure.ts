/** Short names for the structure of compiled graphs. */
import { createHash } from "node:crypto";
import type { Compiled } from "../compile/compiled.ts";

type Keyed = Pick<Compiled, "key">;

const structures = new WeakMap<Keyed, string>();

/** Equal for equal keys, which are long: made once for a graph, as an untouched part of a model is compiled once for all traces. */
export function structureOf(graph: Keyed): string {
  const known = structures.get(graph);
  if (known !== undefined) return known;
  const made = createHash("sha256").update(graph.key).digest("base64");
  structures.set(graph, made);
  return made;
}
