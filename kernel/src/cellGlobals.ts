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

/** Something that is shown. */
interface DisplayHandle {
  readonly display_id: string;
  /** Shows something else in its place. */
  update(value: unknown, options?: { readonly raw?: boolean }): void;
}

/** Where a display of a given type goes. */
type DisplayPlace = Omit<DisplayOptions, "raw">;

interface Display {
  /** Shows a value in the cell's output: with its own \`Symbol.for("Jupyter.display")\` method, as a table, or as text. */
  (value: unknown, options?: DisplayOptions): DisplayHandle;
  html(text: string, options?: DisplayPlace): DisplayHandle;
  markdown(text: string, options?: DisplayPlace): DisplayHandle;
  /** Mathematics, as in \`display.latex("$\\\\int x\\\\,dx$")\`. */
  latex(text: string, options?: DisplayPlace): DisplayHandle;
  svg(text: string, options?: DisplayPlace): DisplayHandle;
  /** The bytes of the file, or their base64. */
  png(content: Uint8Array | string, options?: DisplayPlace): DisplayHandle;
  jpeg(content: Uint8Array | string, options?: DisplayPlace): DisplayHandle;
  /** A tree that can be unfolded. */
  json(value: unknown, options?: DisplayPlace): DisplayHandle;
  text(text: string, options?: DisplayPlace): DisplayHandle;
}

declare const display: Display;

/** A progress bar that is advanced by hand. */
interface ProgressBar extends Disposable {
  readonly done: number;
  /** So many more are done: one, unless said. */
  advance(count?: number, label?: string): void;
  /** So many are done in all. */
  set(done: number, label?: string): void;
  /** Shows where it has come to. */
  close(): void;
}

interface ProgressOptions {
  readonly label?: string;
  /** How many there will be, where the items do not say. */
  readonly total?: number;
}

/**
 * Shows how far a loop is: \`for (const x of progress(items, { label: "rows" })) …\`.
 * With a number it is advanced by hand: \`using bar = progress(100); … bar.advance()\`.
 */
declare function progress(total: number, options?: ProgressOptions): ProgressBar;
declare function progress<T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
declare function progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;

/** Removes what the cell has shown; with \`wait\`, when the next output comes. */
declare function clearOutput(wait?: boolean): void;

/** Asks the user for a line of text. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;

/** One message of a comm. */
interface CommMessage {
  readonly data: any;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Binary parts, in order. */
  readonly buffers: readonly Uint8Array[];
}

interface CommOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Sent as they are, beside the JSON of \`data\`. */
  readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
}

/** A two-way channel between this kernel and code in the page. Messages are handled while a cell waits, too. */
interface Comm {
  readonly id: string;
  readonly target: string;
  readonly isClosed: boolean;
  /** Called with each message of the other side; what it prints is shown where that message came from. */
  onMessage: ((message: CommMessage) => unknown) | undefined;
  /** Called when the other side closes the comm. */
  onClose: ((message: CommMessage) => unknown) | undefined;
  /** @throws CommError when the comm is closed. */
  send(data: unknown, options?: CommOptions): void;
  close(data?: unknown, options?: CommOptions): void;
}

/** Jupyter's comms. */
declare const comms: {
  /** Opens a comm to a target that the page has registered. */
  open(target: string, data?: unknown, options?: CommOptions): Comm;
  /** Takes the comms that the page opens to this target. */
  register(target: string, opened: (comm: Comm, message: CommMessage) => unknown): void;
};
`;
