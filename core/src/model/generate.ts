/** Opens generations in their forms: a callback, a block, a stream of text. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import type { Language } from "../generate/decoding.ts";
import { begin, beginNamed } from "../generate/functions.ts";
import { Generation, type Generator, generationAround } from "../generate/generation.ts";
import { type GenerateOptions, settingsOf } from "../generate/options.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { CacheShape } from "../nn/attention.ts";
import type { Module } from "../nn/module.ts";
import { currentScope, guarded } from "../trace/contexts.ts";
import type { Intake, Subject } from "../trace/subject.ts";
import type { Tensor } from "../trace/tensor.ts";
import { refuseBody, sorted } from "./arguments.ts";
import type { Extras } from "./envoy.ts";
import { hostedOf } from "./hosted.ts";
import { backendFor, handedOut, runCallback } from "./run.ts";
import { requireText, textOf, textStream } from "./stream.ts";

/** What a generation needs to know of a model that generates: one that says what it remembers. */
export function languageOf(
  module: object,
  intake: Intake,
  tokenizer: Tokenizer | undefined,
): Language | undefined {
  if (!intake.prompts || !("cacheShape" in module)) return undefined;
  const { pad, context } = intake.prompts;
  return { tokenizer, pad, context, intake, cache: module.cacheShape as CacheShape };
}

/** What such a model adds to its envoy. */
export function generationExtras(
  subject: Subject,
  config: Readonly<Record<string, unknown>>,
  tokenizer: Tokenizer | undefined,
): Extras {
  const { module, intake } = subject;
  const language = languageOf(module, intake, tokenizer);
  if (!language) return {};
  const eos = endsOf(config, tokenizer);
  const run = (input: unknown, options: GenerateOptions, body?: (tracer: Generation) => unknown): unknown => {
    const backend = backendFor(subject.backend, options);
    const open = (): Generation => {
      const streamed = options.stream ? { ...options, onToken: printed(language, options) } : options;
      const settings = settingsOf(streamed, eos);
      if (settings.stopStrings.length) requireText(tokenizer);
      const { onToken } = settings;
      const key = onToken ? undefined : hostedOf(module as Module)?.key;
      const from = key ? beginNamed(key) : begin(language, onToken);
      const model: Generator = { ...language, subject: { ...subject, backend }, begin: from };
      return new Generation(model, settings, input === undefined ? [] : [input]);
    };
    return body ? handedOut(backend, options, runCallback("generate", open, body)) : open();
  };
  const generate = (...args: unknown[]): unknown => {
    const { body, rest } = sorted<(tracer: Generation) => unknown>("generate", args, 2);
    // With invokes there are only options.
    if (rest.length === 1 && isPlainObject(rest[0]) && !("input_ids" in rest[0])) rest.unshift(undefined);
    const [input, options = {}] = rest as [unknown, GenerateOptions?];
    if (options.trace === false) guarded(() => refuseBody("generate", body));
    const plainly = options.trace === false ? (tracer: Generation) => tracer.result : undefined;
    return run(input, options, body ?? plainly);
  };
  return {
    generate,
    generator: generatorOf(),
    stream: (input: unknown, options: GenerateOptions = {}) =>
      textStream(tokenizer, (told) => {
        const onToken: typeof told = (ids, ended) => {
          told(ids, ended);
          return options.onToken?.(ids, ended);
        };
        return run(input, { ...options, onToken }, () => undefined) as PromiseLike<unknown>;
      }),
  };
}

/** The ids that end a text. */
function endsOf(config: Readonly<Record<string, unknown>>, tokenizer: Tokenizer | undefined): number[] {
  const said = (config["eos_token_id"] ?? tokenizer?.eosTokenId ?? []) as number | number[];
  return typeof said === "number" ? [said] : said;
}

/** Writes the text of the first row where the output of the cell goes. */
function printed(
  { tokenizer }: Language,
  { onToken }: GenerateOptions,
): NonNullable<GenerateOptions["onToken"]> {
  const text = textOf(tokenizer);
  return (ids, ended) => {
    globalThis.process?.stdout.write(text(ids[0]!, ended[0]!));
    return onToken?.(ids, ended);
  };
}

/** `lm.generator`: what the generation that is being written will give. */
const generatorOf = (): { readonly output: Tensor } => ({
  get output() {
    const generation = generationAround();
    if (generation) return generation.result;
    const error = new RuntimeError(
      "generator.output is read outside a generation, where it has no value. Write it inside: " +
        "`await lm.generate(prompt, { maxNewTokens: 3 }, () => lm.generator.output)`.",
    );
    currentScope()?.poison(error);
    throw error;
  },
});
