/** Text to token ids and back, by the rules of a Hugging Face tokenizer.json. */
import { Tokenizer as Engine } from "@huggingface/tokenizers";
import { IndexError, NNsightError, RuntimeError, ValueError } from "../base/errors.ts";
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
  /** Of ids that were asked for. */
  readonly #texts = new Map<number, string>();

  /**
   * @param json the content of tokenizer.json
   * @param config the content of tokenizer_config.json
   * @throws ValueError when it is no tokenizer that can be read
   */
  constructor(json: object, config: Readonly<Record<string, unknown>> = {}) {
    const { added_tokens = [], model, decoder } = checked(json);
    this.#json = json as TokenizerJson;
    this.#config = config;
    this.#ofBytes = JSON.stringify(decoder ?? null).includes('"ByteLevel"');
    this.#added = new Map(added_tokens.map(({ content, id }) => [content, id]));
    this.vocabSize = added_tokens.reduce(
      (most, { id }) => Math.max(most, id + 1),
      Object.keys(model.vocab).length,
    );
    this.bosTokenId = this.#idOf("bos_token");
    this.eosTokenId = this.#idOf("eos_token");
    this.padTokenId = this.#idOf("pad_token");
  }

  /** The ids of a text. Special tokens in the text count as such; others are added only where the file says so. */
  encode(text: string): number[] {
    const engine = this.#engine;
    return text === "" && !engine.post_processor ? [] : working(() => engine.encode(text).ids);
  }

  /**
   * The ids of a conversation, by the model's own template.
   * @example lm.tokenizer.chat([{ role: "user", content: "Hello" }])
   * @throws ValueError when the model has no template, or it refuses the messages
   */
  chat(messages: readonly Message[], options: ChatOptions = {}): number[] {
    // The template writes special tokens itself.
    const text = this.chatText(messages, options);
    return working(() => this.#engine.encode(text, { add_special_tokens: false }).ids);
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
    return working(() =>
      this.#engine.decode(list, {
        skip_special_tokens: options.skipSpecialTokens ?? false,
        clean_up_tokenization_spaces: false,
      }),
    );
  }

  /**
   * The text of each id, blanks included. A piece of a character is written byte by byte, as `<0xF0><0x9F>`.
   * @throws IndexError for an id outside the vocabulary
   */
  tokens(ids: Ids): string[] {
    return this.#listOf(ids).map((id) => {
      const text = this.#texts.get(id) ?? this.#textOf(id);
      this.#texts.set(id, text);
      return text;
    });
  }

  #textOf(id: number): string {
    const piece = this.#engine.id_to_token(id)!;
    const bytes = this.#ofBytes && !this.#added.has(piece) ? bytesOf(piece) : undefined;
    return bytes ? printBytes(bytes) : piece.replaceAll("▁", " ");
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

/** The most ids that a vocabulary may have: beyond it the file is broken. */
const MOST_IDS = 2 ** 26;

/** @throws ValueError when a part that is needed has another form, or is nested deeper than any tokenizer */
function checked(json: unknown): TokenizerJson {
  const {
    added_tokens = [],
    model,
    decoder,
    pre_tokenizer,
    normalizer,
  } = Object(json) as Partial<TokenizerJson & { normalizer: unknown }>;
  const fail = (what: string): never => {
    throw new ValueError(`this model's tokenizer.json cannot be used: ${what}. Fetch it again.`);
  };
  if (typeof model?.vocab !== "object" || model.vocab === null) fail("it has no vocabulary");
  const isToken = (one: unknown): boolean => {
    const { id, content } = Object(one) as { id?: unknown; content?: unknown };
    return (
      Number.isInteger(id) && (id as number) >= 0 && (id as number) < MOST_IDS && typeof content === "string"
    );
  };
  if (!Array.isArray(added_tokens) || !added_tokens.every(isToken)) fail("its added tokens are no tokens");
  if ([decoder, pre_tokenizer, normalizer].some((part) => isDeeper(part, 64)))
    fail("it is nested without end");
  return json as TokenizerJson;
}

const isDeeper = (x: unknown, levels: number): boolean =>
  typeof x === "object" &&
  x !== null &&
  (levels === 0 || Object.values(x).some((one) => isDeeper(one, levels - 1)));

/** Runs the engine. @throws RuntimeError where the file has what it cannot work with */
function working<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof NNsightError) throw cause;
    throw new RuntimeError(
      `this model's tokenizer does not work: ${(cause as Error).message} Give token ids instead of text.`,
      { cause },
    );
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
