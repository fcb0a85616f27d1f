/** How each `tokenizer.ggml.pre` of byte-level tokenizers cuts a text into words, as in Hugging Face's tokenizer.json. */

export const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

export interface Cut {
  readonly pre_tokenizer: object;
  readonly normalizer?: object;
  /** Whether a word that is a token as a whole is not built by merges. */
  readonly ignoreMerges?: boolean;
}

/** Words by a pattern, and every digit rule that a family has, then bytes. */
const byPattern = (digits: string): object => ({
  type: "Sequence",
  pretokenizers: [
    {
      type: "Split",
      pattern: {
        Regex: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
      },
      behavior: "Isolated",
      invert: false,
    },
    { ...byteLevel, use_regex: false },
  ],
});

const qwen: Cut = { pre_tokenizer: byPattern("\\p{N}"), normalizer: { type: "NFC" } };
const llama3: Cut = { pre_tokenizer: byPattern("\\p{N}{1,3}"), ignoreMerges: true };
const plain: Cut = { pre_tokenizer: byteLevel };

export const cuts: Readonly<Record<string, Cut>> = {
  "gpt-2": plain,
  qwen2: qwen,
  "llama-bpe": llama3,
  smollm: {
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel],
    },
  },
};
