/** A generation while it runs: the ids of each row so far, which rows have ended, and what the model is given next. */
import { TypeError } from "../base/errors.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { CacheShape } from "../nn/attention.ts";
import type { Host } from "../tensor/host.ts";
import { defaultGenerator, Generator } from "../tensor/random.ts";
import type { Batch, Intake } from "../trace/subject.ts";
import type { Settings } from "./options.ts";
import { draw, mostLikely } from "./sample.ts";

/** The part of a model that a generation needs to know. */
export interface Language {
  readonly tokenizer: Tokenizer | undefined;
  /** Fills the rows that have ended. */
  readonly pad: number;
  /** Positions that the model knows. */
  readonly context: number;
  /** Of what it remembers of a token. */
  readonly cache: CacheShape;
  readonly intake: Intake;
}

/** int64 `[rows, width]`. */
const table = (rows: number, width: number, value: (row: number, at: number) => number): Host => ({
  dtype: "int64",
  shape: [rows, width],
  data: BigInt64Array.from({ length: rows * width }, (_, i) =>
    BigInt(value(Math.floor(i / width), i % width)),
  ),
});

/** Where tokens of a row stand, counted without the padding. */
const positions = (padding: readonly number[], from: number, width: number): Host =>
  table(padding.length, width, (row, at) => Math.max(from + at - padding[row]!, 0));

/** 1 at tokens and 0 at padding. */
const mask = (padding: readonly number[], width: number): Host =>
  table(padding.length, width, (row, at) => Number(at >= padding[row]!));

/** @throws TypeError for a promise: nobody would wait for it, or hear of its error */
function refuseWaiting(told: unknown): void {
  if (!(told instanceof Promise)) return;
  told.catch(() => undefined);
  throw new TypeError(
    "onToken is async, and the generation does not wait for it: remove `async` and `await` from it. To wait between tokens, read `for await (const text of lm.stream(prompt)) …`.",
  );
}

export class Decoding {
  readonly #prompt: Host;
  readonly #padding: readonly number[];
  readonly #settings: Omit<Settings, "maxNewTokens">;
  readonly #language: Language;
  /** The new ids of each row, with padding once it has ended. */
  readonly #made: number[][];
  readonly #ended: boolean[];
  readonly #generator: Generator;

  constructor(batch: Batch, settings: Omit<Settings, "maxNewTokens">, language: Language) {
    const [[prompt]] = batch.args as [[Host]];
    const [rows] = prompt.shape as [number];
    this.#prompt = prompt;
    this.#settings = settings;
    this.#language = language;
    this.#padding = batch.padding ?? Array<number>(rows).fill(0);
    this.#made = Array.from({ length: rows }, () => []);
    this.#ended = Array<boolean>(rows).fill(false);
    this.#generator = settings.seed === undefined ? defaultGenerator : new Generator(settings.seed);
  }

  static is(x: unknown): x is Decoding {
    return typeof x === "object" && x !== null && #prompt in x;
  }

  get #count(): number {
    return this.#made[0]!.length;
  }

  get ended(): boolean {
    return this.#ended.every(Boolean) || this.#prompt.shape[1]! + this.#count > this.#language.context;
  }

  /** What the first step is given: the prompts, and the keys and values of no tokens. */
  first(): readonly Host[] {
    const [rows, width] = this.#prompt.shape as [number, number];
    const { layers, heads, headDim } = this.#language.cache;
    const none = (): Host => ({
      dtype: "float32",
      shape: [rows, heads, 0, headDim],
      data: new Float32Array(0),
    });
    return [
      this.#prompt,
      positions(this.#padding, 0, width),
      mask(this.#padding, width),
      ...Array.from({ length: 2 * layers }, none),
    ];
  }

  /** What the next step is given beside what the model remembers: one id for each row, its position, the mask of all so far. */
  next(): readonly Host[] {
    const before = this.#prompt.shape[1]! + this.#count - 1;
    return [
      table(this.#made.length, 1, (row) => this.#made[row]!.at(-1)!),
      positions(this.#padding, before, 1),
      mask(this.#padding, before + 1),
    ];
  }

  /** Chooses a token for each row. @param logits `[rows, vocabulary]` of the last position */
  choose(logits: Host): void {
    const [settings, language] = [this.#settings, this.#language];
    const size = logits.shape[1]!;
    const ids = this.#made.map((row, i) => {
      if (this.#ended[i]) return language.pad;
      const own = (logits.data as Float32Array).subarray(i * size, (i + 1) * size);
      const id = settings.choice ? draw(own, settings.choice, this.#generator) : mostLikely(own);
      this.#ended[i] = settings.eos.has(id) || this.#stops([...row, id]);
      return id;
    });
    for (const [i, id] of ids.entries()) this.#made[i]!.push(id);
    refuseWaiting(settings.onToken?.(ids, [...this.#ended]));
  }

  /** int64 `[rows, prompt + new]`: the prompts with their padding, and the new ids. */
  output(): Host {
    const width = this.#prompt.shape[1]!;
    return table(this.#made.length, width + this.#count, (row, at) =>
      at < width ? Number(this.#prompt.data[row * width + at]) : this.#made[row]![at - width]!,
    );
  }

  #stops(row: readonly number[]): boolean {
    const { stopStrings } = this.#settings;
    if (!stopStrings.length) return false;
    const text = this.#language.tokenizer!.decode(row);
    return stopStrings.some((stop) => text.includes(stop));
  }
}
