/** Trace contexts that a cell left open; the library tells of them by a registered symbol. */

interface OpenContext {
  readonly kind: string;
  readonly line: string;
}

interface Contexts {
  openContexts(): readonly OpenContext[];
  resetContexts(): void;
}

const registered = Symbol.for("nnsight.contexts");

/** Only there when a cell has loaded the library. */
function contexts(): Contexts | undefined {
  return (globalThis as { readonly [registered]?: Contexts })[registered];
}

export class ContextError extends Error {
  override readonly name = "ContextError";
}

/** Drops what is open and says so: nothing of it has run. */
export function closeContexts(): ContextError | undefined {
  const open = contexts()?.openContexts() ?? [];
  resetContexts();
  const [first] = open;
  if (!first) return undefined;
  const list = open.map(({ kind, line }) => `${kind} (${line})`).join(", ");
  return new ContextError(
    `${list} was left open when the cell ended, so nothing in it has run.\n` +
      "Open it so that it closes by itself, in one of these forms:\n" +
      `  await using tracer = model.${first.kind}(…);              closes at the end of the cell\n` +
      `  { await using tracer = model.${first.kind}(…); … }        closes at the end of the block\n` +
      `  await model.${first.kind}(…, (tracer) => …);              closes when the function returns`,
  );
}

export function resetContexts(): void {
  contexts()?.resetContexts();
}
