/** What a user says of a generation, checked and completed. */
import { TypeError, ValueError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";

export interface GenerateOptions {
  /** How many tokens are made at most. Default 1. */
  readonly maxNewTokens?: number;
  /** Logits are divided by it before a token is drawn; 0 takes the most likely one. Default: no drawing. */
  readonly temperature?: number;
  /** Draws among this many of the most likely tokens. */
  readonly topK?: number;
  /** Draws among the most likely tokens that together have this probability, in (0, 1]. */
  readonly topP?: number;
  /** Makes the draws the same in each run. Default: they go on from `manualSeed`. */
  readonly seed?: number | bigint;
  /** A row ends when its new text holds one of these. */
  readonly stopStrings?: string | readonly string[];
  /** The id or ids that end a row; null for none. Default: those of the model. */
  readonly eos?: number | readonly number[] | null;
  /** Writes the text of the first row as it is made, under the cell. */
  readonly stream?: boolean;
  /** Told the new id of each row, and which rows have ended, as soon as they are made. */
  readonly onToken?: (ids: readonly number[], ended: readonly boolean[]) => void;
  /** `false` generates plainly and gives the ids. Default true. */
  readonly trace?: boolean;
  /**
   * Runs it on a service, as `trace` does; `"self"` starts one on this machine. Its tokens come with the result, so
   * without `stream` and `onToken`. Default false.
   */
  readonly remote?: boolean | "self";
  /** `false`, of a remote one, resolves to the job as soon as it is submitted. Default true. */
  readonly blocking?: boolean;
}

/** How the next token is chosen. */
export interface Choice {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** What decides which tokens are made, as plain data. */
export type Manner = Pick<GenerateOptions, "temperature" | "topK" | "topP" | "seed" | "stopStrings" | "eos">;

/** The same, complete. */
export interface Settings {
  /** What these settings were made of, but for the number of tokens and who is told of them. */
  readonly manner: Manner;
  readonly maxNewTokens: number;
  /** Nothing for the most likely token. */
  readonly choice: Choice | undefined;
  readonly seed: bigint | undefined;
  readonly stopStrings: readonly string[];
  readonly eos: ReadonlySet<number>;
  readonly onToken: GenerateOptions["onToken"];
}

const known = [
  "maxNewTokens",
  "temperature",
  "topK",
  "topP",
  "seed",
  "stopStrings",
  "eos",
  "stream",
  "onToken",
  "trace",
  "remote",
  "blocking",
];

/** @throws TypeError for an option that is not known or of another kind, or for one who would be told of each token of a remote run, ValueError for a number outside its range */
export function settingsOf(options: GenerateOptions, eos: readonly number[]): Settings {
  requireOptions("generate", options, known);
  if (options.remote && (options.onToken || options.stream))
    throw new TypeError(
      "the tokens of a remote generation come with its result, so nobody is told of each as it is made: leave out `stream` and `onToken`, or `remote`.",
    );
  const { maxNewTokens = 1, temperature, topK, topP, seed, stopStrings = [] } = options;
  const said = options.eos === undefined ? eos : (options.eos ?? []);
  const ends = typeof said === "number" ? [said] : said;
  const stops = typeof stopStrings === "string" ? [stopStrings] : stopStrings;
  requireRange("maxNewTokens", maxNewTokens, isCount(maxNewTokens), "1 or more");
  requireRange("temperature", temperature, temperature === undefined || temperature >= 0, "0 or more");
  requireRange("topK", topK, topK === undefined || isCount(topK), "1 or more");
  requireRange("topP", topP, topP === undefined || (topP > 0 && topP <= 1), "above 0, and at most 1");
  requireRange(
    "seed",
    seed,
    seed === undefined || typeof seed === "bigint" || Number.isSafeInteger(seed),
    "a whole number, or a BigInt",
  );
  requireRange(
    "stopStrings",
    stopStrings,
    stops.every((one) => typeof one === "string" && one !== ""),
    "a text, or several, of one character or more",
  );
  requireRange(
    "eos",
    options.eos,
    Array.isArray(ends) && ends.every(Number.isInteger),
    "the id of a token, several, or null for none",
  );
  if (options.onToken !== undefined && typeof options.onToken !== "function")
    throw new TypeError(`onToken is a function of the new ids; it was given ${typeof options.onToken}.`);
  const draws = temperature !== 0 && [temperature, topK, topP].some((one) => one !== undefined);
  const manner = { temperature, topK, topP, seed, stopStrings, eos: ends };
  return {
    manner: Object.fromEntries(Object.entries(manner).filter(([, value]) => value !== undefined)),
    maxNewTokens,
    choice: draws
      ? { temperature: temperature ?? 1, topK: topK ?? Number.POSITIVE_INFINITY, topP: topP ?? 1 }
      : undefined,
    seed: seed === undefined ? undefined : BigInt(seed),
    stopStrings: stops,
    eos: new Set(ends),
    onToken: options.onToken,
  };
}

const isCount = (x: number): boolean => Number.isInteger(x) && x >= 1;

function requireRange(name: string, given: unknown, holds: boolean, range: string): void {
  const said = typeof given === "bigint" ? String(given) : (JSON.stringify(given) ?? String(given));
  if (!holds)
    throw new ValueError(`${name} is ${typeof given === "number" ? given : said}; it must be ${range}.`);
}
