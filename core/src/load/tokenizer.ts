/** Text to token ids and back, by the rules of a Hugging Face tokenizer.json. */
import { Tokenizer as Engine } from "@huggingface/tokenizers";
import { IndexError, RuntimeError, ValueError } from "../base/errors.ts";
import { bytesOf } from "./byte-level.ts";
import { type ChatOptions, type Message, printChat } from "./chat.ts";

/** Token ids as a number, a list, or anything with values such as an int64 tensor of one dimension. */
export type Ids = number | bigint | Iterable<number | bigint> | { readonly data: Iterable<number | bigint> };

/** What is read of tokenizer.json; the rest goes to the engine as it is. */
interface TokenizerJson {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly pre_tokenizer?: unknown;
  readonly decoder?: unknown;
  readonly model: { readonly vocab: object };
}

/** A tokenizer. It is built when it is first used. */
export class Tokenizer {
  /** How many ids there are: all of them are below this number. */
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  /** Let go of once the engine is built from it. */
  #json: TokenizerJson | undefined;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #added: ReadonlyMap<string, number>;
  /** Whether pieces are written in the alphabet of bytes. */
  readonly #ofBytes: boolean;
  #built: Engine | undefined;

  /**
   * @param json the content of tokenizer.json
   * @param config the content of tokenizer_config.json
   */
  constructor(json: object, config: Readonly<Record<string, unknown>> = {}) {
    const { added_tokens = [], model, decoder } = json as TokenizerJson;
    this.#json = json as TokenizerJson;
    this.#config = config;
    this.#ofBytes = JSON.stringify(decoder ?? null).includes('"ByteLevel"');
    this.#added = new Map(added_tokens.map(({ content, id }) => [content, id]));
    this.vocabSize = Math.max(Object.keys(model.vocab).length, ...added_tokens.map(({ id }) => id + 1));
    this.bosTokenId = this.#idOf("bos_token");
    this.eosTokenId = this.#idOf("eos_token");
    this.padTokenId = this.#idOf("pad_token");
  }

  /** The ids of a text. Special tokens in the text count as such; others are added only where the file says so. */
  encode(text: string): number[] {
    return text === "" && !this.#engine.post_processor ? [] : this.#engine.encode(text).ids;
  }

  /**
   * The ids of a conversation, by the model's own template.
   * @example lm.tokenizer.chat([{ role: "user", content: "Hello" }])
   * @throws ValueError when the model has no template, or it refuses the messages
   */
  chat(messages: readonly Message[], options: ChatOptions = {}): number[] {
    // The template writes special tokens itself.
    return this.#engine.encode(this.chatText(messages, options), { add_special_tokens: false }).ids;
  }

  /** The same as text. */
  chatText(messages: readonly Message[], options: ChatOptions = {}): string {
    return printChat(messages, this.#config, options);
  }

  /**
   * The text of ids, exactly: `decode(encode(text))` is `text`. Bytes that are not UTF-8 become "\uFFFD".
   * @throws IndexError for an id outside the vocabulary
   */
  decode(ids: Ids, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    const list = this.#listOf(ids);
    if (!list.length) return "";
    return this.#engine.decode(list, {
      skip_special_tokens: options.skipSpecialTokens ?? false,
      clean_up_tokenization_spaces: false,
    });
  }

  /**
   * The text of each id, blanks included. A piece of a character is written byte by byte, as `<0xF0><0x9F>`.
   * @throws IndexError for an id outside the vocabulary
   */
  tokens(ids: Ids): string[] {
    return this.#listOf(ids).map((id) => {
      const piece = this.#engine.id_to_token(id)!;
      const bytes = this.#ofBytes && !this.#added.has(piece) ? bytesOf(piece) : undefined;
      return bytes ? printBytes(bytes) : piece.replaceAll("▁", " ");
    });
  }

  get #engine(): Engine {
    if (this.#built) return this.#built;
    const { pre_tokenizer, ...rest } = this.#json!;
    const whole = { added_tokens: [], normalizer: null, post_processor: null, decoder: null, ...rest };
    try {
      this.#built = new Engine(
        { ...whole, pre_tokenizer: splitEveryDigit(pre_tokenizer ?? null) },
        this.#config,
      );
      this.#json = undefined;
      return this.#built;
    } catch (cause) {
      const text = `this model's tokenizer cannot be built: ${(cause as Error).message}`;
      throw new RuntimeError(`${text}. Give token ids instead of text.`, { cause });
    }
  }

  #listOf(ids: Ids): number[] {
    const some = typeof ids === "object" && "data" in ids ? ids.data : ids;
    const list = typeof some === "object" ? Array.from(some, Number) : [Number(some)];
    for (const id of list) {
      if (!Number.isInteger(id)) throw new ValueError(`token id ${id} is not an integer.`);
      if (id < 0 || id >= this.vocabSize) {
        throw new IndexError(`token id ${id} is outside the vocabulary (use 0 to ${this.vocabSize - 1}).`);
      }
    }
    return list;
  }

  #idOf(key: string): number | undefined {
    const said = this.#config[key] as string | { content?: string } | null | undefined;
    const content = typeof said === "string" ? said : said?.content;
    if (content === undefined) return undefined;
    return this.#added.get(content) ?? (this.#json!.model.vocab as Record<string, number>)[content];
  }
}

function printBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`).join("");
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The engine's own rule for digits knows 0 to 9 only; the reference means every number that Unicode has. */
function splitEveryDigit(rule: unknown): unknown {
  if (Array.isArray(rule)) return rule.map(splitEveryDigit);
  if (typeof rule !== "object" || rule === null) return rule;
  if ("type" in rule && rule.type === "Digits") {
    const pattern = "individual_digits" in rule && rule.individual_digits ? "\\p{N}" : "\\p{N}+";
    return { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  }
  return Object.fromEntries(Object.entries(rule).map(([key, value]) => [key, splitEveryDigit(value)]));
}
