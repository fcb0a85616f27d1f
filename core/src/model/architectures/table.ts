/** The architectures that can be built, by the `model_type` of their config. A new one is a file and a row. */
import { ValueError } from "../../base/errors.ts";
import { nearest } from "../../base/names.ts";
import type { Tokenizer } from "../../load/tokenizer.ts";
import type { Module } from "../../nn/module.ts";
import type { Intake } from "../../trace/subject.ts";
import { genericIntake } from "../generic-intake.ts";
import { languageIntake } from "../language-intake.ts";
import { pairIntake } from "../pair-intake.ts";
import { bert } from "./bert.ts";
import { gemma1 } from "./gemma.ts";
import { gemma2 } from "./gemma2.ts";
import { gemma3 } from "./gemma3.ts";
import { GPTNeoXForCausalLM } from "./gpt-neox.ts";
import { GPT2LMHeadModel } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { OPTForCausalLM } from "./opt.ts";
import { type Config, sizeIn } from "./parts/config.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { T5ForConditionalGeneration } from "./t5.ts";
import { vit } from "./vit.ts";

export interface Architecture<M extends Module = Module> {
  build(config: Config): M;
  /** How it takes its inputs. */
  intake(model: Module, config: Config, tokenizer: Tokenizer | undefined): Intake;
  /** What stands before the names of the weights in one checkpoint and is left out in another. */
  readonly prefix: string;
}

/** Takes prompts. @param context the key of the config that says how many positions the model knows */
function takesPrompts(side: "left" | "right", context = "max_position_embeddings", otherwise = 2048) {
  return (model: Module, config: Config, tokenizer: Tokenizer | undefined): Intake =>
    languageIntake(tokenizer, {
      context: sizeIn(config, context, otherwise),
      vocabulary: vocabularyOf(model),
      pad: tokenizer?.padTokenId ?? 0,
      side,
    });
}

function takesPairs(model: Module, config: Config, tokenizer: Tokenizer | undefined): Intake {
  const start = Number(config["decoder_start_token_id"] ?? config["pad_token_id"] ?? 0);
  const pad = tokenizer?.padTokenId ?? 0;
  return pairIntake(tokenizer, {
    context: Number.POSITIVE_INFINITY,
    vocabulary: vocabularyOf(model),
    pad,
    start,
  });
}

/** Rows of the first embedding. */
function vocabularyOf(model: Module): number {
  for (const [, one] of model.namedModules())
    if ("numEmbeddings" in one) return (one as unknown as { numEmbeddings: number }).numEmbeddings;
  return 0;
}

const decoder = <M extends Module>(build: (config: Config) => M): Architecture<M> => ({
  build,
  intake: takesPrompts("left"),
  prefix: "model.",
});

/** Typed by name, so that `LanguageModel.random({ model_type: "gpt2" })` has GPT-2's modules. */
export const architectures = {
  llama: decoder(llama),
  mistral: { ...decoder(mistral), intake: takesPrompts("left", undefined, 131_072) },
  qwen2: { ...decoder(qwen2), intake: takesPrompts("left", undefined, 32_768) },
  qwen3: { ...decoder(qwen3), intake: takesPrompts("left", undefined, 32_768) },
  gemma: { ...decoder(gemma1), intake: takesPrompts("left", undefined, 8192) },
  gemma2: { ...decoder(gemma2), intake: takesPrompts("left", undefined, 8192) },
  gemma3_text: { ...decoder(gemma3), intake: takesPrompts("left", undefined, 131_072) },
  phi3: { ...decoder(phi3), intake: takesPrompts("left", undefined, 4096) },
  gpt2: {
    build: (config) => new GPT2LMHeadModel(config),
    intake: takesPrompts("left", "n_positions", 1024),
    prefix: "transformer.",
  },
  gpt_neox: {
    build: (config) => new GPTNeoXForCausalLM(config),
    intake: takesPrompts("left"),
    prefix: "gpt_neox.",
  },
  opt: { build: (config) => new OPTForCausalLM(config), intake: takesPrompts("left"), prefix: "model." },
  bert: { build: bert, intake: takesPrompts("right", undefined, 512), prefix: "bert." },
  t5: { build: (config) => new T5ForConditionalGeneration(config), intake: takesPairs, prefix: "" },
  vit: { build: vit, intake: (model) => genericIntake(model), prefix: "vit." },
} satisfies Readonly<Record<string, Architecture>>;

export type ModelType = keyof typeof architectures;

/** The module that a `model_type` builds. */
export type ModuleOf<T extends ModelType> = ReturnType<(typeof architectures)[T]["build"]>;

/** @throws ValueError with those that are known */
export function architectureNamed(kind: unknown, what: string): Architecture {
  const known: Readonly<Record<string, Architecture>> = architectures;
  const found = typeof kind === "string" && Object.hasOwn(known, kind) ? known[kind] : undefined;
  if (found) return found;
  const near = nearest(String(kind), Object.keys(known));
  throw new ValueError(
    `${what} is a '${String(kind)}' model, which is not known yet. Known: ${Object.keys(known).join(", ")}.` +
      (near ? ` Near: ${near}.` : ""),
  );
}
