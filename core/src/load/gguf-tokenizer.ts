/** The tokenizer inside a GGUF file, as Hugging Face's tokenizer.json and tokenizer_config.json say it. */
import { mergesOf } from "./gguf-merges.ts";
import { byteLevel, cuts } from "./gguf-words.ts";

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What GGML calls the kinds of tokens that are found in a text before it is cut into words. */
const CONTROL = 3;
const USER_DEFINED = 4;

/** What the kinds of tokenizers differ in. */
interface Kind {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  readonly model: { readonly merges: readonly unknown[]; readonly [key: string]: unknown };
  /** Whether texts begin with the first token where the file does not say it. */
  readonly begins: boolean;
}

type Read = (key: string) => unknown;

/** Nothing when the file has no tokenizer, or one of a kind that is not read yet. */
export function tokenizerOf(metadata: Readonly<Record<string, unknown>>): TokenizerFiles | undefined {
  const read = (key: string): unknown => metadata[`tokenizer.ggml.${key}`];
  const tokens = read("tokens");
  if (!Array.isArray(tokens)) return undefined;
  const kind =
    read("model") === "gpt2" ? ofBytes(read) : read("model") === "llama" ? ofPieces(read, tokens) : undefined;
  if (!kind) return undefined;
  const kinds = (read("token_type") ?? []) as number[];
  const named = (id: unknown): string | undefined => (typeof id === "number" ? tokens[id] : undefined);
  const [bos, eos] = [named(read("bos_token_id")), named(read("eos_token_id"))];
  const added = tokens.flatMap((content, id) =>
    kinds[id] === CONTROL || kinds[id] === USER_DEFINED
      ? [{ id, content, special: kinds[id] === CONTROL, ...plainly }]
      : [],
  );
  const { model, begins, ...rest } = kind;
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      ...rest,
      post_processor: surround(
        (read("add_bos_token") ?? begins) === true ? bos : undefined,
        read("add_eos_token") === true ? eos : undefined,
        tokens,
      ),
      model: { ...plainModel, ...model, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])) },
    },
    config: {
      bos_token: bos ?? null,
      eos_token: eos ?? null,
      pad_token: named(read("padding_token_id")) ?? null,
      clean_up_tokenization_spaces: false,
      chat_template: metadata["tokenizer.chat_template"] ?? null,
      tokenizer_class: "PreTrainedTokenizerFast",
    },
  };
}

const plainly = { single_word: false, lstrip: false, rstrip: false, normalized: false };

const plainModel = {
  type: "BPE",
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

/** Words, then bytes, then merges. */
function ofBytes(read: Read): Kind | undefined {
  const merges = read("merges");
  const pre = String(read("pre"));
  if (!Array.isArray(merges) || !Object.hasOwn(cuts, pre)) return undefined;
  const { normalizer = null, pre_tokenizer, ignoreMerges = false } = cuts[pre]!;
  const model = { merges, ignore_merges: ignoreMerges };
  return { normalizer, pre_tokenizer, decoder: byteLevel, model, begins: false };
}

/** SentencePiece's: the whole text with its blanks as `▁`, merged by the scores of pieces, bytes for what is not there. */
function ofPieces(read: Read, tokens: readonly string[]): Kind | undefined {
  const scores = read("scores");
  if (!Array.isArray(scores)) return undefined;
  const kinds = (read("token_type") ?? []) as readonly number[];
  const leads = read("add_space_prefix") !== false;
  const blank = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const steps = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
  ];
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    normalizer: leads ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, blank] } : blank,
    pre_tokenizer: null,
    decoder: { type: "Sequence", decoders: leads ? [...steps, strip] : steps },
    model: {
      merges: mergesOf(tokens, scores, kinds),
      unk_token: tokens[Number(read("unknown_token_id") ?? 0)],
      fuse_unk: true,
      byte_fallback: true,
    },
    begins: true,
  };
}

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
