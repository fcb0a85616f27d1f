/** Which cell is looked at: the hovered one, else the pinned one, else the largest. */
import type { Cell, View } from "./view.ts";

export class Cursor {
  #hovered: Cell | undefined;
  #pinned: Cell | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(
    private readonly rest: Cell,
    private readonly view: View,
    pinned?: Cell,
  ) {
    if (pinned && pinned.row < view.rows && pinned.col < view.cols) this.#pinned = pinned;
  }

  get hovered(): Cell | undefined {
    return this.#hovered;
  }

  get pinned(): Cell | undefined {
    return this.#pinned;
  }

  get shown(): Cell {
    return this.#hovered ?? this.#pinned ?? this.rest;
  }

  get atRest(): boolean {
    return !this.#hovered && !this.#pinned;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  hover(cell: Cell | undefined): void {
    if (cell?.row === this.#hovered?.row && cell?.col === this.#hovered?.col) return;
    this.#hovered = cell;
    this.#tell();
  }

  pin(cell: Cell | undefined): void {
    this.#hovered = undefined;
    this.#pinned = cell;
    this.#tell();
  }

  /** Moves the pin by some rows and columns, as far as there are any. */
  step(rows: number, cols: number): void {
    const { row, col } = this.shown;
    this.pin({ row: within(row + rows, this.view.rows), col: within(col + cols, this.view.cols) });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const within = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));
