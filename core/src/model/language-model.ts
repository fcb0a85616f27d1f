/** `LanguageModel`: a model from files, with its tokenizer, taking text. */
import { TypeError, ValueError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { nameLanguage } from "../generate/functions.ts";
import { type ChatOptions, type Message, openModel, type Precision, type Progress } from "../load/index.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { PerHead } from "../nn/attention.ts";
import type { Module } from "../nn/module.ts";
import type { Role } from "../tensor/packed.ts";
import type { Subject } from "../trace/subject.ts";
import { type NamingOptions, namingOptions, type Rename } from "./aliases.ts";
import type { LlamaForCausalLM } from "./architectures/llama.ts";
import type { Config } from "./architectures/parts/config.ts";
import { architectureNamed, type ModelType, type ModuleOf } from "./architectures/table.ts";
import type { Extras } from "./envoy.ts";
import { generationExtras, languageOf } from "./generate.ts";
import type { Generating } from "./generate-types.ts";
import { nameModel } from "./hosted.ts";
import type { Prompt } from "./language-intake.ts";
import { type AnyModel, requireSound, wrap } from "./nnsight.ts";
import type { Names } from "./path-types.ts";
import { showProgress } from "./progress.ts";
import type { AnyEnvoy, Wrapped } from "./types.ts";
import type { Views } from "./views.ts";
import { draw, fill, rolesOf } from "./weights.ts";

export interface LoadOptions<R extends Rename = Rename, V extends Views = Views> extends NamingOptions<R, V> {
  /** Reads the weights now rather than at the first run. They are mapped, so that this is quick either way. */
  readonly dispatch?: boolean;
  /**
   * What weights are kept in: `float32` (as they are read), `float16` (half the memory), `q8` and `q4` (blocks of 8 or 4
   * bits). Values are computed in float32. docs/models.md has what each costs.
   */
  readonly dtype?: Precision;
  /** For `q8` and `q4`: `int8` rounds what weights are multiplied with, which is faster and less exact. Default `float32`. */
  readonly activations?: "float32" | "int8";
  /** Accepted for likeness; models run on the CPU. */
  readonly deviceMap?: string;
  /** A branch, a tag or a commit of the model on the hub. Default `main`. */
  readonly revision?: string;
  /** For private and gated models. Default: `HF_TOKEN`, or what `hf auth login` has kept. */
  readonly token?: string;
  /**
   * Runs the model once on some ids, for files that you do not know: whether its modules can be read, a change of a block
   * changes the result, and rows of attention sum to 1. That all weights are there, of the right sizes, is seen in any case.
   * Default false, as it reads the weights.
   */
  readonly check?: boolean;
  /** Told how far the download and the first conversion are, in bytes. Default: a line that is updated in place. */
  readonly progress?: Progress;
}

export interface RandomOptions<R extends Rename = Rename, V extends Views = Views>
  extends NamingOptions<R, V> {
  /** Equal seeds give equal weights. Default 0. */
  readonly seed?: number;
  readonly tokenizer?: Tokenizer;
}

/** A language model as a user holds it: its modules by Hugging Face's names, `trace`, `tokenizer` and `config`. */
export type LanguageModel<M extends Module = LlamaForCausalLM, R extends Names = {}> = Wrapped<Prompt, M, R> &
  Generating & {
    readonly tokenizer: Tokenizer;
    readonly config: Readonly<Record<string, unknown>>;
    /**
     * A conversation as a prompt, by the model's own template, ready for the assistant's answer.
     * @example lm.trace(lm.chat([{ role: "user", content: "Hello" }]), () => lm.output.logits)
     * @throws ValueError when the model has no template, or it refuses the messages
     */
    chat(messages: readonly Message[], options?: ChatOptions): number[];
  } & Standard;

/** Names that are the same for every architecture; its own stand beside them. */
interface Standard {
  readonly layers: Iterable<AnyLayer> &
    Pick<readonly AnyLayer[], number | "length" | "at" | "forEach" | "map" | "slice">;
  readonly embed: AnyEnvoy;
  readonly norm: AnyEnvoy;
  readonly head: AnyEnvoy;
}

type AnyLayer = AnyEnvoy & { readonly attn: AnyEnvoy & PerHead; readonly mlp: AnyEnvoy };

function chatOf(tokenizer: Tokenizer | undefined) {
  return (messages: readonly Message[], options?: ChatOptions): number[] => {
    if (tokenizer) return tokenizer.chat(messages, options);
    throw new ValueError("this model has no tokenizer that can be read: give token ids instead of text.");
  };
}

export const LanguageModel = {
  /**
   * Loads a model by its name on the hub, or from a folder or file.
   * @example const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct");
   * @throws ValueError when it is not found, is broken, or is of an architecture that is not known
   */
  async load<const I extends string, const R extends Rename = {}, V extends Views = {}>(
    id: I,
    options: LoadOptions<R, V> = {},
  ): Promise<LanguageModel<ModuleNamed<I>, R & V>> {
    if (typeof id !== "string")
      throw new TypeError(
        `LanguageModel.load takes a model's name on the hub, a folder or a file; it was given ${typeof id}.`,
      );
    requireOptions("LanguageModel.load", options, loadOptions);
    const { module, kind, intake, config, tokenizer } = await openHosted(id, options);
    const made = wrap(module, kind, intake, languageExtras(config, tokenizer), options);
    if (options.check) await requireSound(made as AnyModel, id);
    return made as LanguageModel<ModuleNamed<I>, R & V>;
  },

  /**
   * A model of any known architecture with weights drawn from a seed: for tests and teaching, without files. Each parameter
   * is what its layer begins with plus numbers from N(0, `initializer_range`²).
   * @param config as in `config.json`: what it leaves out is as in Hugging Face
   * @example const lm = LanguageModel.random({ model_type: "gpt2", n_layer: 2, n_embd: 32, n_head: 4, vocab_size: 100 });
   * @throws ValueError for an architecture that is not known, or a size that is none
   */
  random<
    const C extends Config & { readonly model_type: ModelType },
    const R extends Rename = {},
    V extends Views = {},
  >(config: C, options: RandomOptions<R, V> = {}): LanguageModel<ModuleOf<C["model_type"]>, R & V> {
    const architecture = architectureNamed(config.model_type, "the config");
    const module = architecture.build(config);
    draw(module, Number(config["initializer_range"] ?? 0.02), options.seed ?? 0);
    const { tokenizer } = options;
    const intake = architecture.intake(module, config, tokenizer);
    const made = wrap(module, config.model_type, intake, languageExtras(config, tokenizer), options);
    return made as LanguageModel<ModuleOf<C["model_type"]>, R & V>;
  },
};

/** What a language model adds to its envoy. */
const languageExtras =
  (config: Config, tokenizer: Tokenizer | undefined) =>
  (subject: Subject): Extras => ({
    config,
    tokenizer,
    chat: chatOf(tokenizer),
    ...generationExtras(subject, config, tokenizer),
  });

/** The module that a model's name tells, for types: of a name that tells nothing, Llama's. */
type ModuleNamed<I extends string> = string extends I ? LlamaForCausalLM : Told<Lowercase<I>>;
type Told<I extends string> = I extends `${string}gpt2${string}`
  ? ModuleOf<"gpt2">
  : I extends `${string}pythia${string}`
    ? ModuleOf<"gpt_neox">
    : I extends `${string}/opt-${string}`
      ? ModuleOf<"opt">
      : I extends `${string}t5-${string}`
        ? ModuleOf<"t5">
        : I extends `${string}${"bert-" | "minilm"}${string}`
          ? ModuleOf<"bert">
          : I extends `${string}phi-3${string}`
            ? ModuleOf<"phi3">
            : I extends `${string}gemma-${string}`
              ? ModuleOf<"gemma2">
              : LlamaForCausalLM;

const loadOptions: readonly (keyof LoadOptions)[] = [
  "dispatch",
  "dtype",
  "activations",
  "deviceMap",
  "revision",
  "token",
  "check",
  "progress",
  ...namingOptions,
];

const precisions: readonly string[] = ["float32", "float16", "q8", "q4"] satisfies Precision[];

function precisionOf(dtype: Precision | undefined): Precision {
  if (dtype === undefined || precisions.includes(dtype)) return dtype ?? "float32";
  throw new ValueError(
    `dtype: ${JSON.stringify(dtype)} is no way to keep weights. Use ${precisions.map((one) => `"${one}"`).join(", ")}.`,
  );
}

/** A model from its files, known to services by its name. @throws ValueError when it is not found, is broken, or of an unknown kind */
export async function openHosted(
  id: string,
  options: Pick<LoadOptions, "revision" | "token" | "progress" | "dtype" | "activations"> = {},
) {
  const { revision, token, progress = showProgress(id), activations } = options;
  const precision = precisionOf(options.dtype);
  let built: Module | undefined;
  const rolesFor = (config: Config): ReadonlyMap<string, Role> => {
    const architecture = architectureNamed(config["model_type"], id);
    built ??= architecture.build(config);
    return rolesOf(built, architecture.prefix);
  };
  const files = await openModel(id, { revision, token, progress, precision, activations, rolesOf: rolesFor });
  const { config, tokenizer, weights } = files;
  const kind = String(config["model_type"]);
  const architecture = architectureNamed(config["model_type"], id);
  const module = built ?? architecture.build(config);
  const spare = fill(module, weights, architecture.prefix, id);
  if (spare.length)
    console.warn(
      `Warning: ${id} has ${spare.length} weights in its layers that a '${kind}' model has no place for, such as '${spare[0]}'. ` +
        "They are not used, so that its numbers may be others than its makers': see that its config.json is its own.",
    );
  const intake = architecture.intake(module, config, tokenizer);
  const language = languageOf(module, intake, tokenizer);
  const hosted = { key: id, module, intake, ...(language && { language }) };
  nameModel(hosted);
  if (language) nameLanguage(id, language);
  return { ...hosted, kind, config, tokenizer };
}
