/** `display`: shows a value, or content of a given type, in the cell's output; what is shown can be changed later. */
import { bundle, format } from "./format.ts";
import type { FromUser, MimeBundle } from "./protocol.ts";
import type { Run } from "./run.ts";
import type { Streams } from "./streams.ts";

export interface DisplayOptions {
  readonly raw?: boolean;
  readonly display_id?: string;
  readonly update?: boolean;
}

export interface Output {
  readonly send: (message: FromUser) => void;
  readonly streams: Streams;
  /** The cell that is running, or ran last. */
  readonly run: () => Run | undefined;
}

/** What `display` gives back. As the value of a cell it shows nothing more. */
export class DisplayHandle {
  constructor(
    readonly display_id: string,
    private readonly show: (value: unknown, options: DisplayOptions) => void,
    private readonly toBundle: (value: unknown) => object | undefined,
  ) {}

  /** Shows something else in its place. */
  update(value: unknown, options: { readonly raw?: boolean } = {}): void {
    const made = this.toBundle(value);
    const raw = made ? true : (options.raw ?? false);
    this.show(made ?? value, { raw, display_id: this.display_id, update: true });
  }
}

/** Content of a type: how it becomes a MIME bundle. */
const kinds: Readonly<Record<string, (content: unknown) => object>> = {
  html: (content) => ({ "text/html": content }),
  markdown: (content) => ({ "text/markdown": content, "text/plain": content }),
  latex: (content) => ({ "text/latex": content, "text/plain": content }),
  svg: (content) => ({ "image/svg+xml": content }),
  png: (content) => ({ "image/png": content }),
  jpeg: (content) => ({ "image/jpeg": content }),
  json: (content) => ({ "application/json": content }),
  text: (content) => ({ "text/plain": content }),
};

export function displayTo(output: Output) {
  const show = (value: unknown, options: DisplayOptions): void => send(output, value, options);

  function shown(value: unknown, options: DisplayOptions, made: (value: unknown) => object | undefined) {
    const display_id = options.display_id ?? crypto.randomUUID();
    const handle = new DisplayHandle(display_id, show, made);
    if (options.update) handle.update(value, options);
    else show(made(value) ?? value, { raw: options.raw ?? made(value) !== undefined, display_id });
    return handle;
  }

  const display = (value: unknown, options: DisplayOptions = {}) => shown(value, options, () => undefined);
  const typed = Object.entries(kinds).map(([name, made]) => [
    name,
    (content: unknown, options: DisplayOptions = {}) => shown(content, options, made),
  ]);
  return Object.assign(display, Object.fromEntries(typed));
}

function send({ send, streams, run }: Output, value: unknown, options: DisplayOptions): void {
  const cell = run();
  const show = (shown: MimeBundle) => {
    streams.flush();
    send({
      kind: "display",
      bundle: shown,
      displayId: options.display_id ?? null,
      update: options.update ?? false,
      parent: cell?.parent ?? null,
    });
  };
  const shown = options.raw ? bundle(value) : format(value);
  // What is known at once is shown at once, in order with what is printed.
  if (!(shown instanceof Promise)) {
    show(shown);
    return;
  }
  // The cell ends when what it shows has been made, and fails when that fails.
  const pending = shown.then(show);
  cell?.pending.add(pending);
}
