/** One child process with a model in it, from the side of the agent: begun anew when it dies. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Admission, Problem } from "nnsight-ts/remote";
import type { ToAgent, ToChild } from "./messages.ts";

/** What became of a run. */
export type Ran =
  | { readonly kind: "done"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly problem: Problem; readonly bytes?: Uint8Array | undefined }
  /** The process ended before the run did. */
  | { readonly kind: "died"; readonly by: string };

export interface CellOptions {
  readonly limits: Admission;
  /** Bytes of memory of the process. */
  readonly memory: number;
}

export class Cell {
  readonly model: string;
  readonly #options: CellOptions;
  #child: ChildProcess | undefined;
  #loaded: Promise<void> | undefined;
  #ran: ((ran: Ran) => void) | undefined;
  #log: (line: string) => void = () => undefined;
  #killed = "";

  constructor(model: string, options: CellOptions) {
    this.model = model;
    this.#options = options;
  }

  /** @throws Error when the model cannot be opened */
  load(): Promise<void> {
    return (this.#loaded ??= this.#start());
  }

  async run(id: string, bytes: Uint8Array, log: (line: string) => void): Promise<Ran> {
    await this.load();
    this.#log = log;
    return new Promise((resolve) => {
      const watch = setInterval(() => this.#watch(), 250);
      this.#ran = (ran) => {
        clearInterval(watch);
        this.#ran = undefined;
        resolve(ran);
      };
      this.#tell({ kind: "run", id, bytes });
    });
  }

  /** Asks the run to stop at its next step. */
  stop(): void {
    this.#tell({ kind: "stop" });
  }

  /** Ends the process at once. */
  kill(why: string): void {
    this.#killed ||= why;
    this.#child?.kill("SIGKILL");
  }

  #tell(message: ToChild): void {
    this.#child?.send(message, () => undefined);
  }

  #start(): Promise<void> {
    const child = fork(new URL("./child.js", import.meta.url), { serialization: "advanced" });
    this.#child = child;
    this.#killed = "";
    return new Promise((resolve, reject) => {
      child.on("message", (message: ToAgent) => {
        if (message.kind === "loaded") resolve();
        else if (message.kind === "unloadable") reject(new Error(message.message));
        else if (message.kind === "log") this.#log(message.line);
        else this.#ran?.(message);
      });
      child.on("exit", (code, signal) => {
        this.#loaded = undefined;
        this.#child = undefined;
        reject(new Error(`the process of ${this.model} ended while it was loading.`));
        this.#ran?.({ kind: "died", by: this.#killed || signal || `exit ${code}` });
      });
      this.#tell({ kind: "load", model: this.model, limits: { ...this.#options.limits } });
    });
  }

  /** What V8's own limits do not count is what ONNX Runtime takes. */
  #watch(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      if (Number(resident ?? 0) * 1024 > this.#options.memory) this.kill("MEMORY_LIMIT");
    } catch {
      // Elsewhere than on Linux a container has to hold it.
    }
  }
}
