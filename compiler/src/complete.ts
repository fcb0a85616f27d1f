/** What may stand at the cursor. */
import { isInternalName } from "./prelude.ts";
import { ts } from "./typescript.ts";

export interface Completion {
  readonly text: string;
  readonly kind: string;
}

export interface Completions {
  readonly matches: readonly Completion[];
  /** The stretch of the module's text that a match replaces. */
  readonly start: number;
  readonly end: number;
}

const limit = 500;

export function complete(service: ts.LanguageService, file: string, position: number): Completions {
  const text = service.getProgram()?.getSourceFile(file)?.text ?? "";
  const found = service.getCompletionsAtPosition(file, position, {});
  const replaced =
    found?.entries.find((entry) => entry.replacementSpan)?.replacementSpan ?? found?.optionalReplacementSpan;
  const start = replaced?.start ?? wordStart(text, position);
  const prefix = text.slice(start, position);
  const present = replaced ? text.slice(start, start + replaced.length) : prefix;
  const entries = (found?.entries ?? [])
    // Of a type parameter, TypeScript offers the very text that stands there.
    .filter((entry) => entry.kind !== ts.ScriptElementKind.string || entry.name !== present)
    .filter((entry) => entry.kind !== ts.ScriptElementKind.warning && !isInternalName(entry.name))
    .filter((entry) => entry.name.startsWith(prefix));
  // Names that differ only in the case of their letters come after exact ones.
  const loose = (found?.entries ?? []).filter(
    (entry) => !entry.name.startsWith(prefix) && entry.name.toLowerCase().startsWith(prefix.toLowerCase()),
  );
  const order = (a: ts.CompletionEntry, b: ts.CompletionEntry) =>
    a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name);
  const chosen = [
    ...entries.sort(order),
    ...loose.filter((entry) => !isInternalName(entry.name)).sort(order),
  ];
  return {
    matches: chosen.slice(0, limit).map((entry) => ({ text: entry.name, kind: entry.kind })),
    start,
    end: position,
  };
}

function wordStart(text: string, position: number): number {
  let start = position;
  while (start > 0 && /[\w$\u00a1-\uffff]/.test(text[start - 1]!)) start--;
  return start;
}
