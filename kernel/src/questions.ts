/** Cells such as `model.layers?`, which ask what something is in place of running it. */

const question = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\s*\?\??\s*$/u;

/** What the cell asks about; nothing when it is code. */
export function questionOf(code: string): string | undefined {
  return question.exec(code)?.[1];
}
