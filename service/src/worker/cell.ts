/** One child process with a model in it, from the side of the agent: begun anew when it dies. */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Admission, Problem } from "nnsight-ts/remote";
import { type Bytes, many, type ToAgent, type ToChild } from "./messages.ts";

/** What became of a run. */
export type Ran =
  | { readonly kind: "done"; readonly made: Bytes }
  | { readonly kind: "failed"; readonly problem: Problem; readonly made?: Bytes | undefined }
  /** The process ended before the run did. */
  | { readonly kind: "died"; readonly by: string };

export interface CellOptions {
  readonly limits: Admission;
  /** Bytes of memory of the process. */
  readonly memory: number;
  /** Whether it keeps no more than one packed copy of the weights, about, and packs anew for jobs of another form. */
  readonly lean?: boolean;
}

export interface Told {
  log(line: string): void;
  /** It is its turn: from now on its time counts. */
  begun(): void;
}

/** Milliseconds of work that are taken in advance, so that short runs do not wait for the next one to be fetched. */
const advance = 100;

/** Young objects get 12 MB instead of 48, which V8 never gives back: a model beside them needs the room. */
const youngObjects = "--max-semi-space-size=4";

/** So that glibc gives large pieces of memory back when they are freed; what the user has set wins. */
const givingBack = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: String(4 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(32 * 2 ** 20),
};

/** Takes away what was made. */
export async function discard(ran: Ran): Promise<void> {
  if (ran.kind !== "died" && typeof ran.made === "string") await rm(ran.made, { force: true });
}

interface Run {
  readonly id: string;
  readonly program: Bytes;
  readonly told: Told;
  resolve(ran: Ran): void;
}

export class Cell {
  readonly model: string;
  readonly #options: CellOptions;
  #child: ChildProcess | undefined;
  #loaded: Promise<void> | undefined;
  #killed = "";
  /** What was given to the child, of which it runs the first. */
  readonly #runs: Run[] = [];
  #written: Promise<unknown> = Promise.resolve();
  #since = 0;
  #opened = 0;
  #bytes = 0;
  #left = false;
  #watching: NodeJS.Timeout | undefined;
  /** Milliseconds of a run, of late. */
  #usual = advance;
  /** What is too large for the channel to the child. */
  #folder: string | undefined;

  constructor(model: string, options: CellOptions) {
    this.model = model;
    this.#options = options;
  }

  /** @throws Error when the model cannot be opened */
  load(): Promise<void> {
    return (this.#loaded ??= this.#start());
  }

  /** What it takes, and when it was used, in bytes and seconds. */
  get use(): { bytes: number; age: number; idle: number; busy: boolean } {
    const now = performance.now();
    const busy = this.#runs.length > 0;
    return {
      bytes: this.#bytes,
      age: (now - this.#opened) / 1000,
      idle: busy ? 0 : (now - Math.max(this.#since, this.#opened)) / 1000,
      busy,
    };
  }

  /** It takes no more runs. */
  leave(): void {
    this.#left = true;
  }

  get left(): boolean {
    return this.#left;
  }

  /** How many jobs may be here at once: more than one only when they are short. */
  get ahead(): number {
    return Math.max(1, Math.min(8, Math.floor(advance / this.#usual)));
  }

  /** Runs it after those that were given before. @throws Error when the model cannot be opened */
  async run(id: string, program: Uint8Array<ArrayBuffer>, told: Told): Promise<Ran> {
    // Each waits for the one before it to be written, so that they keep their order.
    const written = this.#written.then(async () => {
      await this.load();
      if (program.length < many) return undefined;
      const path = join(this.#folder!, `program-${randomUUID()}`);
      await writeFile(path, program);
      return path;
    });
    this.#written = written.catch(() => undefined);
    const file = await written;
    try {
      return await new Promise<Ran>((resolve) => {
        this.#runs.push({ id, program: file ?? program, told, resolve });
        // The next ones stand at the child's door already, so that it need not wait for them.
        this.#tell({ kind: "run", id, program: file ?? program });
        if (this.#runs.length === 1) this.#begin();
      });
    } finally {
      if (file) await rm(file, { force: true });
    }
  }

  /** Asks a run to stop at its next step, or not to begin. */
  stop(id: string): void {
    this.#tell({ kind: "stop", id });
  }

  /** Ends the process at once; for one run only when that is what it does. */
  kill(why: string, id?: string): void {
    if (id !== undefined && id !== this.#runs[0]?.id) return;
    this.#killed ||= why;
    this.#child?.kill("SIGKILL");
  }

  /** Ends the process for good. */
  close(): void {
    this.kill("STOPPED");
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  #begin(): void {
    this.#since = performance.now();
    this.#watching ??= setInterval(() => this.#watch(), 250);
    this.#watch();
    this.#runs[0]?.told.begun();
  }

  #ended(ran: Ran): void {
    this.#usual += (performance.now() - this.#since - this.#usual) / 4;
    this.#runs.shift()?.resolve(ran);
    if (this.#runs.length) this.#begin();
    else {
      clearInterval(this.#watching);
      this.#watching = undefined;
    }
  }

  #tell(message: ToChild): void {
    this.#child?.send(message, () => undefined);
  }

  #start(): Promise<void> {
    const child = fork(new URL("./child.js", import.meta.url), {
      serialization: "advanced",
      execArgv: [...process.execArgv, youngObjects],
      env: { ...givingBack, ...process.env },
    });
    this.#child = child;
    this.#killed = "";
    const folder = (this.#folder ??= mkdtempSync(join(tmpdir(), "nnsight-worker-")));
    return new Promise((resolve, reject) => {
      child.on("message", (message: ToAgent) => {
        if (message.kind === "loaded") {
          this.#opened = performance.now();
          this.#bytes = message.bytes;
          resolve();
        } else if (message.kind === "unloadable") reject(new Error(message.message));
        else if (message.kind === "log") this.#runs[0]?.told.log(message.line);
        else this.#ended(message);
      });
      child.on("exit", (code, signal) => {
        this.#loaded = undefined;
        this.#child = undefined;
        reject(new Error(`the process of ${this.model} ended while it was loading.`));
        const by = this.#killed || signal || `exit ${code}`;
        if (this.#runs.length) this.#ended({ kind: "died", by });
        void this.#again(by);
      });
      const { limits, memory, lean = false } = this.#options;
      this.#tell({ kind: "load", model: this.model, limits: { ...limits }, memory, lean, folder });
    });
  }

  /** Those that stood behind a run that its process died of go to the next process. */
  async #again(by: string): Promise<void> {
    const behind = [...this.#runs];
    if (behind.length === 0) return;
    try {
      if (by === "STOPPED") throw new Error("the worker ends.");
      await this.load();
      for (const { id, program } of behind) this.#tell({ kind: "run", id, program });
    } catch {
      for (const _ of behind) this.#ended({ kind: "died", by });
    }
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
