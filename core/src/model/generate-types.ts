/** The types of what a model that generates adds. */
import type { Generation } from "../generate/generation.ts";
import type { GenerateOptions } from "../generate/options.ts";
import type { Resolved } from "../trace/resolved.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Job } from "./hosted.ts";
import type { Prompt } from "./language-intake.ts";

export interface Generating {
  /**
   * Generates text with the model's inside open in each step. What `body` returns is saved and comes back concrete.
   * Without `body` it is a block: `{ await using tracer = lm.generate(prompt, { maxNewTokens: 3 }); … }`.
   * @example
   * const ids = await lm.generate("The Eiffel Tower is in", { maxNewTokens: 5 }, (tracer) => {
   *   tracer.iter.all(() => lm.model.layers[10].output[0].add_(steering));
   *   return lm.generator.output;
   * });
   * @throws the first error of the recording, or what the run raises
   */
  generate<T>(input: Prompt, body: (tracer: Generation) => T): Promise<Resolved<T>>;
  generate<T>(
    input: Prompt,
    options: GenerateOptions & { readonly remote: true | "self"; readonly blocking: false },
    body: (tracer: Generation) => T,
  ): Promise<Job<Resolved<T>>>;
  generate<T>(input: Prompt, options: GenerateOptions, body: (tracer: Generation) => T): Promise<Resolved<T>>;
  generate<T>(options: GenerateOptions, body: (tracer: Generation) => T): Promise<Resolved<T>>;
  generate(input: Prompt, options: GenerateOptions & { readonly trace: false }): Promise<Tensor>;
  generate(input?: Prompt, options?: GenerateOptions): Generation;
  /** Inside a generation: `output` is the ids of the prompts and the new ones, int64 `[batch, prompt + new]`. */
  readonly generator: { readonly output: Tensor };
  /**
   * The text of a generation as it is made, whole characters only. Leaving the loop ends the generation.
   * @example for await (const text of lm.stream("Once upon a time", { maxNewTokens: 50 })) process.stdout.write(text);
   */
  stream(input: Prompt, options?: GenerateOptions): AsyncGenerator<string, void, undefined>;
}
