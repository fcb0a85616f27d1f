/** A program's cost before it is run, as data that prints as a small table. */
import { type Cost, costOf } from "../compile/estimate.ts";
import type { Program } from "../ir/program.ts";
import type { Type } from "../tensor/type.ts";

/** What a run of the program will cost. */
export class Estimate implements Cost {
  readonly modules: readonly string[];
  readonly flops: number;
  readonly bytes: number;
  readonly unknown: readonly string[];

  constructor({ modules, flops, bytes, unknown }: Cost) {
    this.modules = modules;
    this.flops = flops;
    this.bytes = bytes;
    this.unknown = unknown;
  }

  /** One line for each figure. */
  toString(): string {
    const rows = [
      ["modules run", String(this.modules.length), shortened(this.modules)],
      ["operations", scaled(this.flops, ["", "k", "M", "G", "T", "P"]), ""],
      ["bytes saved", scaled(this.bytes, ["B", "kB", "MB", "GB", "TB"]), ""],
      ...this.unknown.map((what, i) => [i ? "" : "not known", "", what]),
    ] as [string, string, string][];
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows
      .map(([name, figure, more]) =>
        `${name.padEnd(widths[0]!)}  ${figure.padStart(widths[1]!)}  ${more}`.trimEnd(),
      )
      .join("\n");
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

export const estimate = (program: Program, inputs: readonly Type[]): Estimate =>
  new Estimate(costOf(program, inputs));

/** The first ones, and how many there are more. */
function shortened(names: readonly string[], most = 6): string {
  const rest = names.length - most;
  return rest > 1 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}

/** Three digits, in steps of a thousand: `32.3 kB`. */
function scaled(value: number, units: readonly string[]): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const figure = value / 1000 ** step;
  return `${step ? figure.toPrecision(3) : figure} ${units[step]}`.trimEnd();
}
