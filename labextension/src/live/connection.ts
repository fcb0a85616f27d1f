/** The comm to the kernel of a notebook, shared by all of its outputs; opened when the first one asks. */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Kernel } from "@jupyterlab/services";
import type { LIVE_TARGET, LiveReply } from "nnsight-ts/display";
import { Questions, type Reply } from "./questions.ts";

const TARGET: typeof LIVE_TARGET = "nnsight.live.v1";

export class Connection {
  readonly #listeners = new Set<() => void>();
  #comm: Kernel.IComm | undefined;
  #questions: Questions | undefined;
  /** The kernel that has said that it knows no such comm. */
  #deaf: Kernel.IKernelConnection | undefined;

  constructor(private readonly session: ISessionContext) {
    session.kernelChanged.connect(() => this.#lose());
    session.statusChanged.connect((_, status) => {
      if (["restarting", "autorestarting", "terminating", "dead"].includes(status)) this.#lose();
      else if (!this.#questions) this.#tell(); // there may be somebody to ask again
    });
    void session.ready.then(() => this.#tell());
  }

  /** Whether there is a kernel that may answer. */
  get isOpen(): boolean {
    const kernel = this.session.session?.kernel;
    return (
      !!kernel && kernel !== this.#deaf && !["restarting", "autorestarting", "dead"].includes(kernel.status)
    );
  }

  /** Calls back when `isOpen` may have changed; the result stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ask(id: string, view: string, query: unknown): Promise<Reply> {
    const kernel = this.session.session?.kernel;
    if (!kernel || !this.isOpen) return Promise.resolve({ kind: "dropped" });
    return this.#opened(kernel).ask(id, view, query);
  }

  #opened(kernel: Kernel.IKernelConnection): Questions {
    if (this.#questions && this.#comm && !this.#comm.isDisposed) return this.#questions;
    const comm = kernel.createComm(TARGET);
    const questions = new Questions((request) => {
      if (!comm.isDisposed) comm.send(request as never);
    });
    comm.onMsg = ({ content, buffers = [] }) =>
      questions.receive(content.data as unknown as LiveReply, buffers.map(asView));
    comm.onClose = () => {
      if (this.#comm !== comm) return;
      this.#deaf = kernel;
      this.#lose();
    };
    this.#comm = comm;
    this.#questions = questions;
    comm.open();
    return questions;
  }

  #lose(): void {
    const questions = this.#questions;
    this.#comm = undefined;
    this.#questions = undefined;
    questions?.drop();
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const asView = (buffer: ArrayBuffer | ArrayBufferView): DataView =>
  buffer instanceof ArrayBuffer
    ? new DataView(buffer)
    : new DataView(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
