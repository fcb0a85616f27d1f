/** The block form of what only records: closed at the end of its block, and not awaited. */
import { TypeError } from "../base/errors.ts";

export function block(kind: string, close: () => void): Disposable {
  const prototype = { [Symbol.asyncDispose]: () => refuseAwait(kind) };
  return Object.assign(Object.create(prototype) as object, { [Symbol.dispose]: close });
}

export function refuseAwait(kind: string): never {
  throw new TypeError(
    `a block of ${kind} only records, so it is not awaited: write \`using x = tracer.${kind}(…)\`.`,
  );
}
