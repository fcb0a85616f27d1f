/** What an agent and its child say to each other. */
import type { Problem } from "nnsight-ts/remote";

/** As they are, or the file that has them when they are many: a channel between processes is slow. */
export type Bytes = Uint8Array<ArrayBuffer> | string;

/** Bytes from which on they go by a file. */
export const many = 256 * 1024;

export type ToChild =
  | {
      readonly kind: "load";
      readonly model: string;
      readonly limits: Readonly<Record<string, number>>;
      /** Bytes that the process may take. */
      readonly memory: number;
      /** Whether it keeps no more than one packed copy of the weights, about. */
      readonly lean: boolean;
      /** The folder of what is large. */
      readonly folder: string;
    }
  | { readonly kind: "run"; readonly id: string; readonly program: Bytes }
  | { readonly kind: "stop"; readonly id: string };

export type ToAgent =
  | {
      readonly kind: "loaded";
      /** Of its parameters. */
      readonly bytes: number;
    }
  | { readonly kind: "unloadable"; readonly message: string }
  | { readonly kind: "log"; readonly line: string }
  | { readonly kind: "done"; readonly made: Bytes }
  | { readonly kind: "failed"; readonly problem: Problem; readonly made?: Bytes | undefined };
