/** How much a hosted model takes. */
import type { Hosted } from "../model/hosted.ts";
import { facts } from "../tensor/dtype.ts";

/** Bytes of its parameters, each once. */
export function weightBytes({ module }: Pick<Hosted, "module">): number {
  let bytes = 0;
  for (const { dtype, shape } of new Set(module.parameters()))
    bytes += shape.reduce<number>((product, size) => product * Number(size), facts[dtype].bytes);
  return bytes;
}
