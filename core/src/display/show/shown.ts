/** What the functions of `show` give: something a notebook draws and a terminal prints. */

const display = Symbol.for("Jupyter.display");

/** A picture of data. The last value of a cell is drawn under it; elsewhere `display(picture)` draws it. */
export interface Shown {
  [display](): Record<string, unknown>;
  /** The same in words. */
  toString(): string;
}

/** @param draw makes the MIME bundle without its text, each time the picture is shown */
export const shown = (text: () => string, draw: () => Record<string, unknown>): Shown => ({
  [display]: () => ({ ...draw(), "text/plain": text() }),
  toString: text,
  ...{ [Symbol.for("nodejs.util.inspect.custom")]: text },
});
