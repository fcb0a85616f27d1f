/** What a comment at the top of a cell says about type errors. */
import { isTypeCheck, type TypeCheck } from "./tsconfig.ts";

export interface Directives {
  /** `// @nnsight types: off`: for this cell. */
  readonly cell?: TypeCheck;
  /** `// @nnsight notebook types: warning`: from this cell on. */
  readonly notebook?: TypeCheck;
  /** What is not understood, in a sentence. */
  readonly problem?: string;
}

/** Reads the comments that stand before the cell's first statement. */
export function directivesOf(code: string): Directives {
  let found: Directives = {};
  for (const line of code.split("\n")) {
    const text = line.trim();
    if (text !== "" && !text.startsWith("//")) break;
    if (/^\/\/\s*@ts-nocheck\b/.test(text)) found = { cell: "off", ...found };
    const said = /^\/\/\s*@nnsight\b\s*(.*)$/.exec(text)?.[1];
    if (said !== undefined) found = { ...found, ...read(said) };
  }
  return found;
}

function read(said: string): Directives {
  const [, scope, word] = /^(notebook\s+)?types\s*:\s*(\w+)\s*$/.exec(said) ?? [];
  if (isTypeCheck(word)) return scope ? { notebook: word } : { cell: word };
  return {
    problem:
      `'// @nnsight ${said}' is not understood. Write '// @nnsight types: off' for this cell, or ` +
      "'// @nnsight notebook types: off' from this cell on; the words are error, warning and off.",
  };
}
