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
