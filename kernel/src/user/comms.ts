/** Comms as cells use them: two-way messages between user code and the page, with binary parts. */
import type { Header } from "../wire/message.ts";
import { report } from "./errors.ts";
import type { CommEvent, CommOrder, FromUser } from "./protocol.ts";
import type { Sources } from "./sources.ts";
import type { Streams } from "./streams.ts";

type Bytes = ArrayBuffer | ArrayBufferView;

interface CommOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Bytes[];
}

export interface CommMessage {
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

type Handler<Args extends readonly unknown[]> = (...args: Args) => unknown;

export class CommError extends Error {
  override readonly name = "CommError";
}

export class Comm {
  onMessage: Handler<[CommMessage]> | undefined;
  onClose: Handler<[CommMessage]> | undefined;
  #isClosed = false;

  constructor(
    readonly id: string,
    readonly target: string,
    private readonly publish: (
      type: CommEvent["type"],
      comm: Comm,
      data: unknown,
      options: CommOptions,
    ) => void,
  ) {}

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(data: unknown, options: CommOptions = {}): void {
    if (this.#isClosed)
      throw new CommError(`The comm ${this.id} to "${this.target}" is closed. Open another one.`);
    this.publish("comm_msg", this, data, options);
  }

  /** Tells the other side, once. */
  close(data: unknown = {}, options: CommOptions = {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.publish("comm_close", this, data, options);
  }

  /** The other side has closed it. */
  closed(message: CommMessage): unknown {
    this.#isClosed = true;
    return this.onClose?.(message);
  }
}

export interface CommParts {
  readonly send: (message: FromUser) => void;
  readonly streams: Streams;
  readonly sources: Sources;
  /** The request of the cell that is running, or ran last. */
  readonly parent: () => Header | null;
}

export class Comms {
  readonly #targets = new Map<string, Handler<[Comm, CommMessage]>>();
  readonly #open = new Map<string, Comm>();
  /** The message that is being handled: what is printed meanwhile belongs to it. */
  handling: Header | undefined;

  constructor(private readonly parts: CommParts) {}

  /** What cells see as `comms`. */
  readonly api = {
    open: (target: string, data: unknown = {}, options: CommOptions = {}): Comm => {
      const comm = this.#comm(crypto.randomUUID(), String(target));
      this.#publish("comm_open", comm, data, options);
      return comm;
    },
    register: (target: string, opened: Handler<[Comm, CommMessage]>): void => {
      this.#targets.set(target, opened);
      this.parts.send({ kind: "commTarget", target });
    },
  };

  /** In a turn of its own; a handler that is terminated counts as handled, too. */
  receive(order: CommOrder): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        const leave = () => {
          this.handling = undefined;
          resolve();
        };
        const terminated = setTimeout(leave, 0);
        const result = this.#handle(order);
        clearTimeout(terminated);
        this.handling = undefined;
        void result.then(resolve);
      });
    });
  }

  async #handle({ type, header, content, metadata, buffers }: CommOrder): Promise<void> {
    const { streams, sources } = this.parts;
    const message: CommMessage = { data: content.data, metadata, buffers };
    streams.flush();
    this.handling = header;
    try {
      const result = this.#dispatch(type, String(content.comm_id), String(content.target_name), message);
      streams.flush();
      await result;
    } catch (thrown) {
      streams.write("stderr", `In a comm handler: ${report(thrown, sources).traceback.join("\n")}\n`);
      streams.flush();
    }
  }

  #dispatch(type: CommEvent["type"], id: string, target: string, message: CommMessage): unknown {
    if (type === "comm_open") return this.#targets.get(target)?.(this.#comm(id, target), message);
    const comm = this.#open.get(id);
    if (type === "comm_msg") return comm?.onMessage?.(message);
    this.#open.delete(id);
    return comm?.closed(message);
  }

  #comm(id: string, target: string): Comm {
    const comm = new Comm(id, target, (...message) => this.#publish(...message));
    this.#open.set(id, comm);
    return comm;
  }

  #publish(
    type: CommEvent["type"],
    { id, target }: Comm,
    data: unknown,
    { metadata = {}, buffers = [] }: CommOptions,
  ): void {
    if (type === "comm_close") this.#open.delete(id);
    this.parts.streams.flush();
    this.parts.send({
      kind: "comm",
      type,
      content: { comm_id: id, data, ...(type === "comm_open" ? { target_name: target } : {}) },
      metadata,
      buffers: buffers.map(bytesOf),
      parent: this.handling ?? this.parts.parent(),
    });
  }
}

function bytesOf(part: Bytes): Uint8Array {
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  throw new CommError("The buffers of a comm message are ArrayBuffers or typed arrays.");
}
