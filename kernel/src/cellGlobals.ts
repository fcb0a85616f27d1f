/** The declarations of what every cell may use without importing it. */
export const cellGlobals = `
/** How \`display\` shows a value. */
interface DisplayOptions {
  /** The value is a MIME bundle already, such as \`{ "text/html": "<b>bold</b>" }\`. */
  readonly raw?: boolean;
  /** Names the output, so that a later call can change it. */
  readonly display_id?: string;
  /** Changes the outputs with this \`display_id\` in place of adding one. */
  readonly update?: boolean;
}

/** Shows a value in the cell's output: with its own \`Symbol.for("Jupyter.display")\` method, or as text. */
declare function display(value: unknown, options?: DisplayOptions): void;

/** Removes what the cell has shown; with \`wait\`, when the next output comes. */
declare function clearOutput(wait?: boolean): void;

/** Asks the user for a line of text. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
`;
