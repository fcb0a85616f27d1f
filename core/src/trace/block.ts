/** The block form of what only records: closed at the end of its block, and not awaited. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { lineOf, type Where } from "../base/where.ts";
import { guarded } from "./contexts.ts";

/** What is asked, when it ends, whether all in it is complete. */
interface Checked {
  readonly checks: (() => void)[];
}

/** What closes a block that stands in `within`, which is refused when it ends with the block still open. */
export function closing(kind: string, within: Checked, where: Where, close: () => void): () => void {
  let open = true;
  within.checks.push(() => {
    if (open) throw neverClosed(kind, where);
  });
  return () => {
    open = false;
    close();
  };
}

export function block(kind: string, close: () => void): Disposable {
  const prototype = { [Symbol.asyncDispose]: () => refuseAwait(kind) };
  return Object.assign(Object.create(prototype) as object, { [Symbol.dispose]: close });
}

const neverClosed = (kind: string, where: Where): RuntimeError =>
  new RuntimeError(
    `the ${kind} opened at ${lineOf(where)} was never closed. Write it as a block (\`{ using x = tracer.${kind}(…); … }\`), or give it a callback.`,
  );

export function refuseAwait(kind: string): never {
  return guarded(() => {
    throw new TypeError(
      `a block of ${kind} only records, so it is not awaited: write \`using x = tracer.${kind}(…)\`.`,
    );
  });
}
