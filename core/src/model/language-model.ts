/** `LanguageModel`: a model from files, with its tokenizer, taking text. */
import { ValueError } from "../base/errors.ts";
import { openModel, type Progress } from "../load/index.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { Module } from "../nn/module.ts";
import type { Host } from "../tensor/host.ts";
import { Tensor } from "../trace/tensor.ts";
import type { NamingOptions, Rename } from "./aliases.ts";
import type { LlamaForCausalLM } from "./architectures/llama.ts";
import { architectures } from "./architectures/table.ts";
import { generationExtras } from "./generate.ts";
import type { Generating } from "./generate-types.ts";
import { languageIntake, type Prompt } from "./language-intake.ts";
import { wrap } from "./nnsight.ts";
import { showProgress } from "./progress.ts";
import type { Wrapped } from "./types.ts";

export interface LoadOptions<R extends Rename = Rename> extends NamingOptions<R> {
  /** Reads the weights now rather than at the first run. They are mapped, so that this is quick either way. */
  readonly dispatch?: boolean;
  /** Accepted for likeness; models run on the CPU. */
  readonly deviceMap?: string;
  /** Told how far the first conversion is, in bytes. Default: a line that is updated in place. */
  readonly progress?: Progress;
}

/** A language model as a user holds it: its modules by Hugging Face's names, `trace`, `tokenizer` and `config`. */
export type LanguageModel<M extends Module = LlamaForCausalLM, R extends Rename = {}> = Wrapped<
  Prompt,
  M,
  R
> &
  Generating & {
    readonly tokenizer: Tokenizer;
    readonly config: Readonly<Record<string, unknown>>;
  };

export const LanguageModel = {
  /**
   * Loads a model by its name on the hub, or from a folder or file.
   * @example const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct");
   * @throws ValueError when it is not found, is broken, or is of an architecture that is not known
   */
  async load<const R extends Rename = {}>(
    id: string,
    options: LoadOptions<R> = {},
  ): Promise<LanguageModel<LlamaForCausalLM, R>> {
    const files = await openModel(id, { progress: options.progress ?? showProgress(id) });
    const { config, tokenizer, weights } = files;
    const kind = String(config["model_type"]);
    const architecture = architectures[kind];
    if (!architecture)
      throw new ValueError(
        `${id} is a '${kind}' model, which is not known yet. Known: ${Object.keys(architectures).join(", ")}.`,
      );
    const module = architecture.build(config);
    fill(module, weights, id);
    const vocabulary = Number(config["vocab_size"]);
    const limits = { context: architecture.context(config), vocabulary, pad: tokenizer?.padTokenId ?? 0 };
    return wrap(
      module,
      kind,
      languageIntake(tokenizer, limits),
      (subject) => ({
        config,
        tokenizer,
        ...(architecture.cache &&
          generationExtras(
            { subject, tokenizer, ...limits, cache: architecture.cache(config) },
            endsOf(config, tokenizer),
          )),
      }),
      options.rename,
    ) as LanguageModel<LlamaForCausalLM, R>;
  },
};

/** The ids that end a text. */
function endsOf(config: Readonly<Record<string, unknown>>, tokenizer: Tokenizer | undefined): number[] {
  const said = (config["eos_token_id"] ?? tokenizer?.eosTokenId ?? []) as number | number[];
  return typeof said === "number" ? [said] : said;
}

/** Puts the weights of the files into the parameters; tied ones follow by themselves. */
function fill(module: Module, weights: ReadonlyMap<string, Host>, id: string): void {
  const tensors = new Map<Tensor, Tensor>();
  const missing: string[] = [];
  for (const [path, one] of module.namedModules())
    for (const [name, parameter] of Object.entries(one.ownParameters)) {
      const full = `${path}.${name}`;
      const host = weights.get(full);
      const value = host ? new Tensor(host) : tensors.get(parameter);
      if (value) {
        tensors.set(parameter, value);
        (one as unknown as Record<string, Tensor>)[name] = value;
      } else if (!full.endsWith("inv_freq")) missing.push(full);
    }
  if (missing.length)
    throw new ValueError(
      `${id} lacks ${missing.length} weights that its config asks for, such as '${missing[0]}'. Fetch it again.`,
    );
}
