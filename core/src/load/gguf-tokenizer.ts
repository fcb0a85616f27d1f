/** The tokenizer inside a GGUF file, as Hugging Face's tokenizer.json and tokenizer_config.json say it. */

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What GGML calls the kinds of tokens that are found in a text before it is cut into words. */
const CONTROL = 3;
const USER_DEFINED = 4;

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

/** How each `tokenizer.ggml.pre` cuts a text into words. */
const preTokenizers: Readonly<Record<string, object>> = {
  "gpt-2": byteLevel,
  smollm: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel] },
};

/** Nothing when the file has no tokenizer, or one of a kind that is not read yet. */
export function tokenizerOf(metadata: Readonly<Record<string, unknown>>): TokenizerFiles | undefined {
  const read = (key: string): unknown => metadata[`tokenizer.ggml.${key}`];
  const tokens = read("tokens");
  const merges = read("merges");
  const pre = String(read("pre"));
  if (read("model") !== "gpt2" || !Array.isArray(tokens) || !Array.isArray(merges)) return undefined;
  if (!Object.hasOwn(preTokenizers, pre)) return undefined;
  const kinds = (read("token_type") ?? []) as number[];
  const named = (id: unknown): string | undefined => (typeof id === "number" ? tokens[id] : undefined);
  const bos = read("bos_token_id");
  const eos = read("eos_token_id");
  const added = tokens.flatMap((content, id) =>
    kinds[id] === CONTROL || kinds[id] === USER_DEFINED
      ? [{ id, content, special: kinds[id] === CONTROL, ...plainly }]
      : [],
  );
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: preTokenizers[pre],
      post_processor: surround(
        read("add_bos_token") === true ? named(bos) : undefined,
        read("add_eos_token") === true ? named(eos) : undefined,
        tokens,
      ),
      decoder: byteLevel,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
    },
    config: {
      bos_token: named(bos) ?? null,
      eos_token: named(eos) ?? null,
      pad_token: named(read("padding_token_id")) ?? null,
      clean_up_tokenization_spaces: false,
      chat_template: metadata["tokenizer.chat_template"] ?? null,
      tokenizer_class: "PreTrainedTokenizerFast",
    },
  };
}

const plainly = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** Puts the tokens before and after every text that the file asks for. */
function surround(
  before: string | undefined,
  after: string | undefined,
  tokens: readonly string[],
): object | null {
  const used = [before, after].filter((token) => token !== undefined);
  if (!used.length) return null;
  const special = (id: string | undefined) =>
    id === undefined ? [] : [{ SpecialToken: { id, type_id: 0 } }];
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [...special(before), text("A"), ...special(after)],
    pair: [...special(before), text("A"), text("B"), ...special(after)],
    special_tokens: Object.fromEntries(
      used.map((id) => [id, { id, ids: [tokens.indexOf(id)], tokens: [id] }]),
    ),
  };
}
