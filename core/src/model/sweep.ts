/** `sweep`: the same experiment for every cell of a grid, run together where that is faster. */
import { NNsightError, RuntimeError, TypeError, ValueError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { sizeOf } from "../tensor/host.ts";
import { currentScope } from "../trace/contexts.ts";
import { ops } from "../trace/functions.ts";
import { Tensor } from "../trace/tensor.ts";
import { local } from "./nnsight.ts";

/** For each axis its labels, or their number. */
export type Grid = Readonly<Record<string, number | readonly unknown[]>>;

/** One label of each axis. */
export type Cell<G extends Grid> = {
  readonly [K in keyof G]: G[K] extends readonly (infer T)[] ? T : number;
};

export interface SweepOptions<T> {
  /** How many cells are under way at once: more share more calls, and take more memory. Default 512. */
  readonly chunk?: number;
  /** Ends the sweep between two calls. */
  readonly signal?: AbortSignal;
  /** Told how many cells are done. */
  readonly progress?: (done: number, total: number) => void;
  /** What an earlier sweep over the same grid came to: its cells are not run again. */
  readonly resume?: Sweep<T>;
}

/**
 * Runs an experiment for every cell of a grid. The cells are written one after the other and run together: what they share
 * is run once, cells that meet the same part of the model run it as rows of one call, and only from the first position on
 * that they change. Results are those of the loop, to float tolerance.
 * @param grid names of axes, each with its labels or their number: `{ layer: 30, position: [0, 5, 9] }`
 * @param cell gives what a cell comes to, usually by one trace
 * @example
 * const effect = await sweep({ layer: 30, position: 14 }, ({ layer, position }) =>
 *   lm.trace(prompt, () => {
 *     lm.model.layers[layer].output[0].set([":", position], clean[layer].at(":", position));
 *     return lm.lm_head.output.at(0, -1, answer);
 *   }));
 * effect.at({ layer: 3, position: -1 }); effect.tensor(); // [30, 14]
 * @throws the first error of a cell, with the cell's name; what was done is in its `partial`, to be given to `resume`
 */
export async function sweep<const G extends Grid, T>(
  grid: G,
  cell: (at: Cell<G>) => PromiseLike<T> | T,
  options: SweepOptions<T> = {},
): Promise<Sweep<T>> {
  requireOptions("sweep", options, ["chunk", "signal", "progress", "resume"]);
  const { chunk = 512, signal, progress, resume } = options;
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new ValueError(`chunk is ${chunk}; it must be a whole number, 1 or more.`);
  if (currentScope())
    throw new RuntimeError(
      "a sweep runs its cells at once, so it cannot stand inside an open context: close it first, and trace in the cells.",
    );
  const axes = Object.entries(grid).map(([name, labels]) => axisFrom(name, labels));
  const made = new Sweep<T>(axes, resume);
  const open = made.missing;
  const { length: total } = open;
  let done = 0;
  let failure: unknown;
  const tell = progress ?? shownProgress();
  const run = async (place: number): Promise<void> => {
    if (failure) return;
    try {
      if (signal?.aborted)
        throw new RuntimeError(
          "the sweep was ended by its signal; resume it with `{ resume: error.partial }`.",
        );
      made.set(place, await cell(made.cell(place) as Cell<G>));
      tell?.(++done, total);
    } catch (error) {
      failure ??= named(error, made.name(place));
    }
  };
  await local.together(async () => {
    for (let i = 0; i < total && !failure; i += chunk) await Promise.all(open.slice(i, i + chunk).map(run));
  });
  if (failure) throw failure instanceof Error ? Object.assign(failure, { partial: made }) : failure;
  return made;
}

interface Labels {
  readonly name: string;
  readonly labels: readonly unknown[];
}

function axisFrom(name: string, labels: number | readonly unknown[]): Labels {
  if (Array.isArray(labels)) return { name, labels };
  if (Number.isInteger(labels))
    return { name, labels: Array.from({ length: labels as number }, (_, i) => i) };
  throw new TypeError(
    `the axis '${name}' of the grid is a list of labels or their number, not ${typeof labels}.`,
  );
}

function named(error: unknown, cell: string): unknown {
  if (error instanceof NNsightError) error.message += ` [in the cell ${cell}]`;
  return error;
}

/** What a sweep came to: a value for each cell, by the labels of its axes. */
export class Sweep<T> {
  readonly #values = new Map<number, T>();

  /** For the library: `sweep` makes them. */
  constructor(
    /** Names and labels, the last one fastest. */
    readonly axes: readonly Labels[],
    from?: Sweep<T>,
  ) {
    if (from && JSON.stringify(from.axes) !== JSON.stringify(axes))
      throw new TypeError("the sweep to resume is over another grid: give it the same axes and labels.");
    for (const [place, value] of from ? from.#values : []) this.#values.set(place, value);
  }

  /** The number of labels of each axis. */
  get shape(): number[] {
    return this.axes.map(({ labels }) => labels.length);
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** Values in the order of the cells; undefined where a cell has not been run. */
  get values(): (T | undefined)[] {
    return Array.from({ length: this.size }, (_, place) => this.#values.get(place));
  }

  /** The places of the cells that have not been run. */
  get missing(): number[] {
    return Array.from({ length: this.size }, (_, place) => place).filter((place) => !this.#values.has(place));
  }

  /** The value of a cell, by its label in each axis; a number that is no label counts places, negative from the end. */
  at(labels: Readonly<Record<string, unknown>>): T {
    let place = 0;
    for (const { name, labels: own } of this.axes) {
      const given = labels[name];
      const found = own.indexOf(given);
      const counted = typeof given === "number" ? (given < 0 ? given + own.length : given) : -1;
      const at = found >= 0 ? found : counted;
      if (at < 0 || at >= own.length)
        throw new TypeError(
          `the axis '${name}' of the sweep has no label ${JSON.stringify(given)}: it has ${own.slice(0, 8).map(String).join(", ")}${own.length > 8 ? ", …" : ""}.`,
        );
      place = place * own.length + at;
    }
    if (!this.#values.has(place)) throw new RuntimeError(`the cell ${this.name(place)} has not been run.`);
    return this.#values.get(place)!;
  }

  /**
   * All values as one tensor: the axes of the grid first, then those of a value.
   * @throws RuntimeError when cells are missing, TypeError for a cell that came to something else than numbers
   */
  tensor(): Tensor {
    const [missing] = this.missing;
    if (missing !== undefined) throw new RuntimeError(`the cell ${this.name(missing)} has not been run.`);
    const all = this.values.map((value, place) => this.#numbers(value, place));
    const [first] = all;
    if (!first) return ops.zeros(this.shape);
    return ops.stack(all).reshape([...this.shape, ...first.shape]) as Tensor;
  }

  #numbers(value: unknown, place: number): Tensor {
    if (value instanceof Tensor) return value;
    if (typeof value === "number" || typeof value === "boolean") return ops.full([], Number(value));
    throw new TypeError(
      `the cell ${this.name(place)} came to ${value === undefined ? "nothing" : `a ${typeof value}`}, which is no tensor: return a tensor or a number from it.`,
    );
  }

  /** The labels of a cell, by its place. */
  cell(place: number): Record<string, unknown> {
    let rest = place;
    const found = this.axes.toReversed().map(({ name, labels }) => {
      const label = labels[rest % labels.length];
      rest = Math.floor(rest / labels.length);
      return [name, label] as const;
    });
    return Object.fromEntries(found.reverse());
  }

  /** `layer 3, position 5`. */
  name(place: number): string {
    return Object.entries(this.cell(place))
      .map(([name, label]) => `${name} ${String(label)}`)
      .join(", ");
  }

  set(place: number, value: T): void {
    this.#values.set(place, value);
  }

  toString(): string {
    const axes = this.axes.map(({ name, labels }) => `${name} ${labels.length}`).join(" × ");
    const rest = this.missing.length;
    return `Sweep(${axes}${rest ? `, ${rest} cells not run` : ""})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A kernel shows how far it is. */
function shownProgress(): ((done: number, total: number) => void) | undefined {
  const tell = (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.progress")];
  return typeof tell === "function" ? (done, total) => void tell(done, total, "sweep") : undefined;
}
