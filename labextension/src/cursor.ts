/** Which place is looked at: the hovered one, else the pinned one, else where the value is largest. */

/** A row and a column, wherever it is drawn. */
export interface Place {
  readonly row: number;
  readonly col: number;
}

/** How many rows and columns there are. */
export interface Sides {
  readonly rows: number;
  readonly cols: number;
}

export class Cursor {
  #hovered: Place | undefined;
  #pinned: Place | undefined;
  #rest: Place = { row: 0, col: 0 };
  readonly #listeners: (() => void)[] = [];

  get hovered(): Place | undefined {
    return this.#hovered;
  }

  get pinned(): Place | undefined {
    return this.#pinned;
  }

  get shown(): Place {
    return this.#hovered ?? this.#pinned ?? this.#rest;
  }

  get atRest(): boolean {
    return !this.#hovered && !this.#pinned;
  }

  /** Where to look when nothing is hovered or pinned. */
  rest(place: Place): void {
    this.#rest = place;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  hover(place: Place | undefined): void {
    if (isSame(place, this.#hovered)) return;
    this.#hovered = place;
    this.#tell();
  }

  pin(place: Place | undefined): void {
    this.#hovered = undefined;
    this.#pinned = place;
    this.#tell();
  }

  /** Moves the pin by some rows and columns, as far as there are any. */
  step(rows: number, cols: number, sides: Sides): void {
    const { row, col } = this.shown;
    this.pin({ row: within(row + rows, sides.rows), col: within(col + cols, sides.cols) });
  }

  /** Goes where another one is. */
  follow({ hovered, pinned }: Cursor): void {
    if (isSame(hovered, this.#hovered) && isSame(pinned, this.#pinned)) return;
    this.#hovered = hovered;
    this.#pinned = pinned;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const isSame = (a: Place | undefined, b: Place | undefined): boolean =>
  a?.row === b?.row && a?.col === b?.col;

/** From now on all of them look at the place that one of them is moved to. */
export function linkCursors(cursors: readonly Cursor[]): void {
  for (const cursor of cursors)
    cursor.onChange(() => {
      for (const other of cursors) if (other !== cursor) other.follow(cursor);
    });
}

const within = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));
