/** Texts to ids and back, against the tokenizers package for each family (goldens/tokenizers_families.py). */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { IndexError } from "../base/errors.ts";
import { readGguf } from "./gguf.ts";
import { tokenizerOf } from "./gguf-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";

const { metadata } = await readGguf(golden("tiny.gguf"));
const build = (changes: Record<string, unknown> = {}): Tokenizer => {
  const files = tokenizerOf({ ...metadata, ...changes })!;
  return new Tokenizer(files.tokenizer, files.config);
};
const plain = build({ "tokenizer.ggml.add_bos_token": false });

test("special tokens are added only where the file says so", () => {
  expect(plain.encode("hello")).toEqual([262]);
  expect(build().encode("hello")).toEqual([1, 262]);
  expect(build().encode("")).toEqual([1]);
  expect(plain.encode("")).toEqual([]);
});

test("pieces of text, blanks and bytes", () => {
  const ids = plain.encode("hello wo😀<|im_end|>");
  expect(plain.tokens(ids)).toEqual(["hello", " wo", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<|im_end|>"]);
  expect(plain.decode(ids)).toBe("hello wo😀<|im_end|>");
  expect(plain.decode(ids, { skipSpecialTokens: true })).toBe("hello wo😀");
  expect(plain.decode(ids.slice(0, 3))).toBe("hello wo\uFFFD");
});

test("ids come as a number, a list, or a tensor", () => {
  expect(plain.decode(262)).toBe("hello");
  expect(plain.decode(262n)).toBe("hello");
  expect(plain.decode([])).toBe("");
  expect(plain.decode(BigInt64Array.of(262n, 264n))).toBe("hello wo");
  expect(plain.decode({ data: BigInt64Array.of(262n) })).toBe("hello");
});

test("ids outside the vocabulary", () => {
  expect(plain.vocabSize).toBe(266);
  expect(() => plain.decode(266)).toThrow(IndexError);
  expect(() => plain.tokens([-1])).toThrow("token id -1 is outside the vocabulary (use 0 to 265).");
  expect(() => plain.decode([0.5])).toThrow("token id 0.5 is not an integer.");
});

test("any text comes back from its ids", () => {
  const below = fc.integer({ min: 0, max: 0xd7ff });
  const beyond = fc.integer({ min: 0xe000, max: 0x10ffff });
  const character = fc.oneof(below, beyond).map((code) => String.fromCodePoint(code));
  fc.assert(
    fc.property(fc.array(character), (characters) => {
      const text = characters.join("");
      expect(plain.decode(plain.encode(text))).toBe(text);
      expect(plain.tokens(plain.encode(text)).join("").length).toBeGreaterThanOrEqual(text.length);
    }),
  );
});

test("a kind of tokenizer that is not known is left out", () => {
  expect(tokenizerOf({ ...metadata, "tokenizer.ggml.pre": "unheard-of" })).toBeUndefined();
  expect(tokenizerOf({ ...metadata, "tokenizer.ggml.model": "llama" })).toBeUndefined();
  expect(tokenizerOf({})).toBeUndefined();
});

test("a tokenizer that cannot be built says what to do", () => {
  const odd = new Tokenizer({
    model: { type: "BPE", vocab: {}, merges: [] },
    pre_tokenizer: { type: "Unheard" },
  });
  expect(() => odd.encode("x")).toThrow(/tokenizer cannot be built: .* Give token ids instead of text\./);
});

const families: {
  readonly texts: readonly string[];
  readonly families: Readonly<
    Record<string, { readonly tokenizer: object; readonly ids: number[][]; readonly decoded: string[] }>
  >;
} = JSON.parse(readFileSync(golden("tokenizers.json"), "utf8"));

test.each(Object.entries(families.families))(
  "%s: ids and texts as the tokenizers package gives them",
  (_, { tokenizer, ids, decoded }) => {
    const own = new Tokenizer(tokenizer);
    expect(families.texts.map((text) => own.encode(text))).toEqual(ids);
    expect(ids.map((row) => own.decode(row, { skipSpecialTokens: true }))).toEqual(decoded);
  },
);
