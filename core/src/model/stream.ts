/** Text as it is generated: whole characters, one piece a token, as an async iterator. */
import { RuntimeError } from "../base/errors.ts";
import type { GenerateOptions } from "../generate/options.ts";
import type { Tokenizer } from "../load/tokenizer.ts";

/** @throws RuntimeError for a model that makes no text */
export function requireText(tokenizer: Tokenizer | undefined): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new RuntimeError(
    "this model has no tokenizer that can be read, so it makes ids and no text: read `lm.generator.output`.",
  );
}

/** Gives, for each new id, the text that is complete with it; a character may take several tokens. */
export function textOf(model: Tokenizer | undefined): (id: number, ended: boolean) => string {
  const tokenizer = requireText(model);
  const ids: number[] = [];
  let given = 0;
  return (id, ended) => {
    ids.push(id);
    const text = tokenizer.decode(ids, { skipSpecialTokens: true });
    if (!ended && text.endsWith("\uFFFD")) return "";
    const piece = text.slice(given);
    given = text.length;
    return piece;
  };
}

/** Goes on as long as somebody reads: what is generated waits in a queue. */
export async function* textStream(
  tokenizer: Tokenizer | undefined,
  generate: (onToken: NonNullable<GenerateOptions["onToken"]>) => PromiseLike<unknown>,
): AsyncGenerator<string, void, undefined> {
  const text = textOf(tokenizer);
  const queue: string[] = [];
  let wake = Promise.withResolvers<void>();
  let stopped = false;
  let failure: { readonly error: unknown } | undefined;
  let over = false;
  const done = Promise.resolve(
    generate((ids, ended) => {
      if (stopped) throw new Stopped();
      if (!over) queue.push(text(ids[0]!, ended[0]!));
      over ||= ended[0]!;
      wake.resolve();
    }),
  )
    .catch((error: unknown) => {
      if (!(error instanceof Stopped)) failure = { error };
    })
    .finally(() => {
      over = true;
      wake.resolve();
    });
  try {
    for (;;) {
      for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) if (piece) yield piece;
      if (over) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    await done;
    if (failure) throw failure.error;
  } finally {
    stopped = true;
  }
}

/** Ends a generation that nobody reads any more. */
class Stopped extends Error {}
