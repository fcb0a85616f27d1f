/** Opens generations in their forms: a callback, a block, a stream of text. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { Generation, type Generator, generationAround } from "../generate/generation.ts";
import { type GenerateOptions, settingsOf } from "../generate/options.ts";
import type { Tokenizer } from "../load/tokenizer.ts";
import type { CacheShape } from "../nn/attention.ts";
import { currentScope } from "../trace/contexts.ts";
import type { Subject } from "../trace/subject.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Extras } from "./envoy.ts";
import { isCallback, runCallback } from "./run.ts";
import { textOf, textStream } from "./stream.ts";

/** What a model that generates adds to its envoy: one that says what it remembers. */
export function generationExtras(
  subject: Subject,
  config: Readonly<Record<string, unknown>>,
  tokenizer: Tokenizer | undefined,
): Extras {
  const { module, intake } = subject;
  if (!intake.prompts || !("cacheShape" in (module as object))) return {};
  const cache = (module as { readonly cacheShape: CacheShape }).cacheShape;
  const { pad, context } = intake.prompts;
  const model: Generator = { subject, tokenizer, pad, context, cache };
  const eos = endsOf(config, tokenizer);
  const open = (input: unknown, options: GenerateOptions): Generation => {
    const streamed = options.stream ? { ...options, onToken: printed(model, options) } : options;
    return new Generation(model, settingsOf(streamed, eos), input === undefined ? [] : [input]);
  };
  const generate = (...args: unknown[]): unknown => {
    const rest = [...args];
    const body = isCallback(rest.at(-1)) ? (rest.pop() as (tracer: Generation) => unknown) : undefined;
    // With invokes there are only options.
    if (rest.length === 1 && isPlainObject(rest[0]) && !("input_ids" in rest[0])) rest.unshift(undefined);
    const [input, options = {}] = rest as [unknown, GenerateOptions?];
    if (body) return run(() => open(input, options), body);
    if (options.trace === false)
      return run(
        () => open(input, options),
        (tracer) => tracer.result,
      );
    return open(input, options);
  };
  return {
    generate,
    generator: generatorOf(),
    stream: (input: unknown, options: GenerateOptions = {}) =>
      textStream(model.tokenizer, (onToken) =>
        run(
          () => open(input, { ...options, onToken }),
          () => undefined,
        ),
      ),
  };
}

const run = (open: () => Generation, body: (tracer: Generation) => unknown): PromiseLike<unknown> =>
  runCallback("generate", open, body);

/** The ids that end a text. */
function endsOf(config: Readonly<Record<string, unknown>>, tokenizer: Tokenizer | undefined): number[] {
  const said = (config["eos_token_id"] ?? tokenizer?.eosTokenId ?? []) as number | number[];
  return typeof said === "number" ? [said] : said;
}

/** Writes the text of the first row where the output of the cell goes. */
function printed(model: Generator, { onToken }: GenerateOptions): NonNullable<GenerateOptions["onToken"]> {
  const text = textOf(model.tokenizer);
  return (ids, ended) => {
    globalThis.process?.stdout.write(text(ids[0]!, ended[0]!));
    onToken?.(ids, ended);
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
