/** A place in a text, shown as its line with a mark under it. */

/** The lines that show where a place in a cell is. */
export function excerpt(code: string, line: number, column: number, length = 1): string[] {
  const text = code.split("\n")[line - 1];
  if (text === undefined) return [];
  const number = String(line);
  const marks = "^".repeat(Math.max(1, Math.min(length, text.length - column + 1)));
  const pad = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [`  ${number} | ${text}`, `  ${" ".repeat(number.length)} | ${pad}${marks}`];
}
