/** How a language model takes prompts: tokens, padded to one width, with positions that skip the padding. */
import { TypeError, ValueError } from "../base/errors.ts";
import { isPlainObject, type Tree } from "../base/tree.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim, Type } from "../tensor/type.ts";
import { isLazy } from "../trace/state.ts";
import type { Batch, Intake, Portion } from "../trace/subject.ts";
import { Tensor } from "../trace/tensor.ts";

/** A string or strings, ids or lists of ids, an int64 tensor, or `{ input_ids, attention_mask }`. */
export type Prompt =
  | string
  | readonly string[]
  | readonly number[]
  | readonly (readonly number[])[]
  | Tensor
  | {
      readonly input_ids: Tensor | readonly number[] | readonly (readonly number[])[];
      readonly attention_mask?: Tensor | readonly (readonly number[])[];
    };

/** One prompt: its ids without padding. */
export type Row = readonly number[];

export interface Limits {
  /** Positions that the model knows. */
  readonly context: number;
  readonly vocabulary: number;
  /** The id that fills the padding; any will do, as it is masked. */
  readonly pad: number;
  /** Where the padding goes: decoders read their prompts to the right end, encoders from the left one. Default left. */
  readonly side?: "left" | "right";
}

export function languageIntake(tokenizer: Tokenizer | undefined, limits: Limits): Intake {
  return {
    prompts: limits,

    template(): Tree<Type> {
      const ids: Type = { dtype: "int64", shape: [{ name: "batch" }, { name: "position" }] };
      return [[ids], { position_ids: ids }];
    },

    anySignature(): Tree<Type> {
      const ids: Type = { dtype: "int64", shape: [{ name: "batch" }, { name: "position" }] };
      return [[ids], { position_ids: ids, attention_mask: ids }];
    },

    read(input: unknown): Portion {
      const rows = rowsOf(input, tokenizer);
      for (const [i, row] of rows.entries())
        check(row, rows.length > 1 ? `prompt ${i}` : "the prompt", limits);
      if (rows.length === 0) throw new ValueError("the list of prompts is empty: give at least one.");
      return { rows: rows.length, content: rows, lengths: rows.map((row) => row.length) };
    },

    signature({ content, rows }: Portion, open: boolean): Tree<Type> {
      const widths = (content as readonly Row[]).map((row) => row.length);
      const batch: Dim = open ? { name: "batch" } : { name: "batch", size: rows };
      const position: Dim = open ? { name: "position" } : { name: "position", size: Math.max(...widths) };
      const ids: Type = { dtype: "int64", shape: [batch, position] };
      const padded = open || widths.some((width) => width !== widths[0]);
      return [[ids], { position_ids: ids, ...(padded && { attention_mask: ids }) }];
    },

    join(portions: readonly Portion[], open: boolean): Batch {
      const rows = portions.flatMap(({ content }) => content as readonly Row[]);
      const width = Math.max(...rows.map((row) => row.length));
      const left = limits.side !== "right";
      const padding = rows.map((row) => (left ? width - row.length : 0));
      const table = (value: (row: Row, at: number) => number): Host => ({
        dtype: "int64",
        shape: [rows.length, width],
        data: BigInt64Array.from(
          rows.flatMap((row, i) =>
            Array.from({ length: width }, (_, at) => BigInt(value(row, at - padding[i]!))),
          ),
        ),
      });
      const padded = open || rows.some((row) => row.length < width);
      return {
        args: [
          [table((row, at) => row[at] ?? limits.pad)],
          {
            position_ids: table((_, at) => Math.max(at, 0)),
            ...(padded && { attention_mask: table((row, at) => Number(at >= 0 && at < row.length)) }),
          },
        ],
        padding,
        ...(tokenizer && {
          tokens: rows.map((row, i) => {
            const words = [...Array<string>(padding[i]!).fill(""), ...tokenizer.tokens(row)];
            return [...words, ...Array<string>(width - words.length).fill("")];
          }),
        }),
      };
    },
  };
}

function check(row: Row, what: string, { context, vocabulary }: Limits): void {
  if (row.length === 0)
    throw new ValueError(`${what} is empty: it has no tokens to run the model on. Give it some text.`);
  if (row.length > context)
    throw new ValueError(
      `${what} has ${row.length} tokens, and the model knows ${context} positions. Shorten it.`,
    );
  const wrong = row.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined)
    throw new ValueError(`${what} holds the id ${wrong}; ids go from 0 to ${vocabulary - 1}.`);
}

export function rowsOf(input: unknown, tokenizer: Tokenizer | undefined): readonly Row[] {
  if (typeof input === "string") return [encode(input, tokenizer)];
  if (input instanceof Tensor) return rowsOf(concrete(input).toArray(), tokenizer);
  if (isPlainObject(input) && "input_ids" in input) {
    const rows = rowsOf(input["input_ids"], tokenizer);
    const mask = input["attention_mask"];
    return mask === undefined ? rows : unpad(rows, rowsOf(mask, tokenizer));
  }
  if (Array.isArray(input)) {
    if (input.length > 0 && input.every((item) => typeof item === "number")) return [input as Row];
    const isEmpty = (item: unknown): item is Row => Array.isArray(item) && item.length === 0;
    return input.flatMap((item) => (isEmpty(item) ? [item] : rowsOf(item, tokenizer)));
  }
  throw new TypeError(
    `a prompt is a string, token ids, or lists of them; this one is ${input === null ? "null" : typeof input}.`,
  );
}

/** Masked places are taken off; they are put back as padding. */
function unpad(rows: readonly Row[], masks: readonly Row[]): readonly Row[] {
  return rows.map((row, i) => {
    const mask = masks[i];
    if (mask?.length !== row.length)
      throw new ValueError(
        "the attention_mask has another shape than the input_ids: give it one number for each id.",
      );
    return row.filter((_, at) => mask[at] !== 0);
  });
}

function encode(text: string, tokenizer: Tokenizer | undefined): Row {
  if (tokenizer) return tokenizer.encode(text);
  throw new TypeError("this model has no tokenizer that can be read: give token ids instead of text.");
}

function concrete(ids: Tensor): Tensor {
  if (isLazy(ids.state))
    throw new TypeError(
      "the ids of a prompt must be concrete; these belong to a trace that has not run yet.",
    );
  return ids;
}
