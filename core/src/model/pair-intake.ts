/** How an encoder-decoder takes prompts: the encoder's as any language model's, and beside them what the decoder has said so far. */
import { ShapeError } from "../base/errors.ts";
import { isPlainObject, type Tree } from "../base/tree.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim, Type } from "../tensor/type.ts";
import type { Batch, Intake, Portion } from "../trace/subject.ts";
import { type Limits, languageIntake, type Row, rowsOf } from "./language-intake.ts";

interface Content {
  readonly encoder: Portion;
  readonly decoder: readonly Row[];
}

type Arguments<T> = readonly [readonly T[], { readonly attention_mask?: T }];

/**
 * Takes what a language model takes; `decoder_input_ids` of equal length may stand beside `input_ids`.
 * @param start the id that every decoder begins with, when nothing else is given
 */
export function pairIntake(tokenizer: Tokenizer | undefined, limits: Limits & { start: number }): Intake {
  const inner = languageIntake(tokenizer, limits);
  const idsOf = (batch: Dim, width: Dim): Type => ({ dtype: "int64", shape: [batch, width] });
  const joined = (args: Tree<Type>, decoder_input_ids: Type): Tree<Type> => {
    const [ids, { attention_mask }] = args as unknown as Arguments<Type>;
    return [[...ids], { decoder_input_ids, ...(attention_mask && { attention_mask }) }];
  };
  const open = idsOf({ name: "batch" }, { name: "decoder_position" });
  return {
    template: () => joined(inner.template()!, open),
    anySignature: () => joined(inner.anySignature(), open),

    read(input: unknown): Portion {
      const own =
        isPlainObject(input) && "decoder_input_ids" in input ? input["decoder_input_ids"] : undefined;
      const encoder = inner.read(input);
      const given = own === undefined ? undefined : rowsOf(own, tokenizer);
      const decoder = given ?? Array.from({ length: encoder.rows }, () => [limits.start]);
      const widths = new Set(decoder.map((row) => row.length));
      if (decoder.length !== encoder.rows || widths.size > 1)
        throw new ShapeError(
          `decoder_input_ids has ${decoder.length} rows of the lengths ${[...widths].join(", ")}, beside ${encoder.rows} prompts. Give one row for each prompt, all of one length.`,
        );
      return { ...encoder, content: { encoder, decoder } satisfies Content };
    },

    signature({ content, rows }: Portion, isOpen: boolean): Tree<Type> {
      const { encoder, decoder } = content as Content;
      const batch: Dim = isOpen ? { name: "batch" } : { name: "batch", size: rows };
      const width: Dim = { name: "decoder_position", ...(!isOpen && { size: decoder[0]!.length }) };
      return joined(inner.signature(encoder, isOpen), idsOf(batch, width));
    },

    join(portions: readonly Portion[], isOpen: boolean): Batch {
      const contents = portions.map(({ content }) => content as Content);
      const batch = inner.join(
        contents.map(({ encoder }) => encoder),
        isOpen,
      );
      const rows = contents.flatMap(({ decoder }) => decoder);
      const width = rows[0]!.length;
      if (rows.some((row) => row.length !== width))
        throw new ShapeError(
          "the decoder_input_ids of the invokes differ in length: give all the same length.",
        );
      const decoder_input_ids: Host = {
        dtype: "int64",
        shape: [rows.length, width],
        data: BigInt64Array.from(rows.flat(), BigInt),
      };
      const [ids, { attention_mask }] = batch.args as unknown as Arguments<Host>;
      return { ...batch, args: [[...ids], { decoder_input_ids, ...(attention_mask && { attention_mask }) }] };
    },
  };
}
