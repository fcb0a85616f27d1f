/** Model folders whose weights are kept in fewer bits: those that were written so, and those with 16-bit floats as they are. */
import { join } from "node:path";
import type { Data, FileRange, Host } from "../../tensor/host.ts";
import { viewed } from "../../tensor/host.ts";
import type { DType } from "../../tensor/type.ts";
import { readRange } from "../file-range.ts";
import { eachEntry } from "../safetensors.ts";
import type { Entry } from "../safetensors-header.ts";
import { stored } from "../stored.ts";
import { blocksHost, blocksOf, halvesHost } from "./open.ts";
import type { Packing } from "./role.ts";
import { PACKING, WEIGHTS, type Written } from "./write.ts";

export interface Lying {
  readonly entry: Entry;
  readonly range: FileRange;
}

/** Where the tensors of files lie, by name. */
export const lyingIn = (paths: readonly string[]): Map<string, Lying> =>
  new Map(
    paths.flatMap((path) => [
      ...eachEntry(path, (entry, real, start) => ({
        entry,
        range: Object.freeze({ path: real, offset: start + entry.begin, length: entry.end - entry.begin }),
      })),
    ]),
  );

/** A tensor as it lies in the file. @param keeps whether its values stay in memory once they were asked for */
function mapped({ entry: { format, shape }, range }: Lying, keeps = true): Host {
  const { own, dtype } = stored[format]!;
  const made: DType = own ?? dtype;
  let data: Data | undefined;
  return {
    dtype: made,
    shape,
    source: range,
    get data() {
      const read = data ?? viewed(readRange(range), made);
      if (keeps) data = read;
      return read;
    },
  };
}

/** Weights that `writePacked` wrote. @param rounds whether activations are rounded to 8 bits */
export function openPacked(
  folder: string,
  written: Readonly<Record<string, Written>>,
  rounds: boolean,
): Map<string, Host> {
  const all = lyingIn([join(folder, WEIGHTS)]);
  const found = new Map<string, Host>();
  for (const [name, lying] of all) {
    if (name.includes("::")) continue;
    const { kind, turned } = written[name] ?? {};
    found.set(
      name,
      kind === "halves"
        ? halvesHost(lying.range, "float16", lying.entry.shape, turned ?? false)
        : mapped(lying),
    );
  }
  for (const [name, one] of Object.entries(written)) {
    if (one.kind !== "blocks") continue;
    const part = (what: string): Host | undefined => {
      const lying = all.get(`${name}::${what}`);
      return lying && mapped(lying, false);
    };
    const blocks = blocksOf(one, part, rounds);
    if (one.beside) Object.defineProperty(found.get(name)!, "blocks", { enumerable: true, value: blocks });
    else found.set(name, blocksHost(one.shape, blocks));
  }
  return found;
}

const halfType: Readonly<Record<string, "float16" | "bfloat16">> = { F16: "float16", BF16: "bfloat16" };

/** Weights of files with 16-bit floats where they lie; nothing when a matrix that could be packed is wider. */
export function openHalves(paths: readonly string[], roles: Packing["roles"]): Map<string, Host> | undefined {
  const all = lyingIn(paths);
  const found = new Map<string, Host>();
  for (const [name, lying] of all) {
    const { format, shape } = lying.entry;
    const role = shape.length === 2 ? roles.get(name) : undefined;
    const dtype = halfType[format];
    if (role && !dtype) return undefined;
    if (role && dtype) found.set(name, halvesHost(lying.range, dtype, shape, role === "turned"));
    else found.set(name, format === "F32" ? mapped(lying) : inMemory(lying));
  }
  return found;
}

/** What is small enough to stand in each graph by itself. */
function inMemory({ entry: { format, shape }, range }: Lying): Host {
  const { dtype, read } = stored[format]!;
  return { dtype, shape, data: read(readRange(range)) };
}

export { PACKING };
