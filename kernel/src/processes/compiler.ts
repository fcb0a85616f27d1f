/** Asks the compiler, which lives in a thread of the supervisor so that sockets never wait for it. */
import { Worker } from "node:worker_threads";
import type { Notebook } from "nnsight-ts-compiler";

type Calls = Pick<
  Notebook,
  "compile" | "complete" | "inspect" | "isComplete" | "forget" | "withdraw" | "drop"
>;
export type CallName = keyof Calls;

export interface CompilerCall {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type CompilerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class CompilerThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(folder: string) {
    this.#worker = new Worker(new URL("./compilerWorker.js", import.meta.url), { workerData: { folder } });
    this.#worker.on("message", (answer: CompilerAnswer) => this.#receive(answer));
    this.#worker.on("error", (error) => this.#fail(error));
  }

  ask<Name extends CallName>(name: Name, ...args: Parameters<Calls[Name]>): Promise<ReturnType<Calls[Name]>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, name, args } satisfies CompilerCall);
    });
  }

  #receive(answer: CompilerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(new Error(`The TypeScript compiler failed: ${answer.error}`));
    else waiting?.resolve(answer.value);
  }

  #fail(error: unknown): void {
    const failure = new Error(
      `The TypeScript compiler's thread ended: ${String(error)}. Restart the kernel.`,
    );
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}
