/** Progress bars: a line in the cell's output that is changed in place, at most ten times a second. */
import type { DisplayHandle, displayTo } from "./display.ts";

type Display = ReturnType<typeof displayTo>;

interface ProgressOptions {
  readonly label?: string;
  /** How many there will be, where the items do not say. */
  readonly total?: number;
}

const shortest = 100;
const width = 24;

/** One bar. It appears when it is made, or when `appears` milliseconds have gone by. */
export class Progress {
  #done = 0;
  #handle: DisplayHandle | undefined;
  #shown = 0;
  /** What the line says. */
  #told = -1;
  readonly #begun = performance.now();

  constructor(
    private readonly display: Display,
    private readonly total: number | undefined,
    private label: string,
  ) {
    this.#show();
  }

  get done(): number {
    return this.#done;
  }

  /** So many more are done. */
  advance(count = 1, label = this.label): void {
    this.set(this.#done + count, label);
  }

  /** So many are done in all. */
  set(done: number, label = this.label): void {
    this.#done = done;
    this.label = label;
    const isLast = this.#done === this.total;
    if (isLast || performance.now() - this.#shown >= shortest) this.#show();
  }

  /** Shows where it has come to. */
  close(): void {
    if (this.#told !== this.#done) this.#show();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #show(): void {
    this.#shown = performance.now();
    this.#told = this.#done;
    const text = barOf(this.#done, this.total, this.label, this.#shown - this.#begun);
    if (this.#handle) this.#handle.update(text);
    else this.#handle = this.display.text!(text);
  }
}

/** `label ━━━━━━──────  3 of 6, 1.2 s` */
export function barOf(done: number, total: number | undefined, label: string, milliseconds: number): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  const start = label === "" ? "" : `${label} `;
  if (total === undefined) return `${start}${done}, ${seconds}`;
  return `${start}${lineOf(done, total)} ${done} of ${total}, ${seconds}`;
}

/** `━━━━━━──────` */
export function lineOf(done: number, total: number): string {
  const filled = Math.min(width, total > 0 ? Math.round((width * done) / total) : width);
  return "━".repeat(filled) + "─".repeat(width - filled);
}

type Items<T> = Iterable<T> | AsyncIterable<T>;

/** The global `progress`: around items that a loop goes through, or with a number to advance by hand. */
export function progressWith(display: Display) {
  return <T>(items: Items<T> | number, { label = "", total }: ProgressOptions = {}) => {
    if (typeof items === "number") return new Progress(display, items, label);
    const known = total ?? sizeOf(items);
    return Symbol.asyncIterator in items
      ? eachAsync(items, () => new Progress(display, known, label))
      : each(items, () => new Progress(display, known, label));
  };
}

function* each<T>(items: Iterable<T>, make: () => Progress): Generator<T, void> {
  using bar = make();
  for (const item of items) {
    yield item;
    bar.advance();
  }
}

async function* eachAsync<T>(items: AsyncIterable<T>, make: () => Progress): AsyncGenerator<T, void> {
  using bar = make();
  for await (const item of items) {
    yield item;
    bar.advance();
  }
}

function sizeOf(items: object): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  return [length, size].find((count) => typeof count === "number");
}

/** A run that takes longer than this shows its progress by itself. */
const patience = 500;

/** What the library calls between the pieces of a run. All runs of a cell share one line. */
export function runProgress(display: Display, cell: () => object | undefined) {
  let begun = 0;
  let line: { readonly cell: object | undefined; readonly handle: DisplayHandle } | undefined;
  let shown = 0;
  let isShown = false;
  return (done: number, total: number, label: string): void => {
    const now = performance.now();
    if (done === 0) {
      begun = now;
      isShown = false;
    }
    const isDue = isShown ? now - shown >= shortest || done === total : now - begun >= patience;
    if (!isDue) return;
    isShown = true;
    shown = now;
    const text = barOf(done, total, label, now - begun);
    if (line && line.cell === cell()) line.handle.update(text);
    else line = { cell: cell(), handle: display.text!(text) };
  };
}
