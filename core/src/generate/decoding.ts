/** A generation while it runs: the ids of each row so far, which rows have ended, and what the model is given next. */
import type { Tokenizer } from "../load/tokenizer.ts";
import type { Host } from "../tensor/host.ts";
import { defaultGenerator, Generator } from "../tensor/random.ts";
import type { Batch } from "../trace/subject.ts";
import type { Settings } from "./options.ts";
import { draw, mostLikely } from "./sample.ts";

/** The part of a model that a generation needs to know. */
export interface Language {
  readonly tokenizer: Tokenizer | undefined;
  /** Fills the rows that have ended. */
  readonly pad: number;
  /** Positions that the model knows. */
  readonly context: number;
}

/** int64 `[rows, width]`. */
const table = (rows: number, width: number, value: (row: number, at: number) => number): Host => ({
  dtype: "int64",
  shape: [rows, width],
  data: BigInt64Array.from({ length: rows * width }, (_, i) =>
    BigInt(value(Math.floor(i / width), i % width)),
  ),
});

export class Decoding {
  readonly #prompt: Host;
  readonly #padding: readonly number[];
  /** The new ids of each row, with padding once it has ended. */
  readonly #made: number[][];
  readonly #ended: boolean[];
  readonly #generator: Generator;

  constructor(
    batch: Batch,
    readonly settings: Settings,
    readonly language: Language,
  ) {
    const [[prompt]] = batch.args as [[Host]];
    this.#prompt = prompt;
    const rows = prompt.shape[0]!;
    this.#padding = batch.padding ?? Array<number>(rows).fill(0);
    this.#made = Array.from({ length: rows }, () => []);
    this.#ended = Array<boolean>(rows).fill(false);
    this.#generator = settings.seed === undefined ? defaultGenerator : new Generator(settings.seed);
  }

  /** How many tokens each row has now. */
  get count(): number {
    return this.#made[0]!.length;
  }

  get ended(): boolean {
    return this.#ended.every(Boolean) || this.#prompt.shape[1]! + this.count > this.language.context;
  }

  /** The ids that the next step is given: the prompt, then one for each row. */
  ids(): Host {
    if (this.count === 0) return this.#prompt;
    return table(this.#made.length, 1, (row) => this.#made[row]!.at(-1)!);
  }

  /** Where they stand, counted without the padding. */
  positions(): Host {
    const { shape } = this.ids();
    const before = this.count === 0 ? 0 : this.#prompt.shape[1]! + this.count - 1;
    return table(shape[0]!, shape[1]!, (row, at) => Math.max(before + at - this.#padding[row]!, 0));
  }

  /** 1 at tokens and 0 at padding, over all that was given so far. */
  mask(): Host {
    const width = this.#prompt.shape[1]! + this.count;
    return table(this.#made.length, width, (row, at) => Number(at >= this.#padding[row]!));
  }

  /** Chooses a token for each row. @param logits `[rows, vocabulary]` of the last position */
  choose(logits: Host): void {
    const { settings, language } = this;
    const size = logits.shape[1]!;
    const ids = this.#made.map((row, i) => {
      if (this.#ended[i]) return language.pad;
      const own = (logits.data as Float32Array).subarray(i * size, (i + 1) * size);
      const id = settings.choice ? draw(own, settings.choice, this.#generator) : mostLikely(own);
      this.#ended[i] = settings.eos.has(id) || this.#stops([...row, id]);
      return id;
    });
    for (const [i, id] of ids.entries()) this.#made[i]!.push(id);
    settings.onToken?.(ids, [...this.#ended]);
  }

  /** int64 `[rows, prompt + new]`: the prompts with their padding, and the new ids. */
  output(): Host {
    const width = this.#prompt.shape[1]!;
    return table(this.#made.length, width + this.count, (row, at) =>
      at < width ? Number(this.#prompt.data[row * width + at]) : this.#made[row]![at - width]!,
    );
  }

  #stops(row: readonly number[]): boolean {
    const { stopStrings } = this.settings;
    if (!stopStrings.length) return false;
    const text = this.language.tokenizer!.decode(row);
    return stopStrings.some((stop) => text.includes(stop));
  }
}
