/** What an agent and its child say to each other. */
import type { Problem } from "nnsight-ts/remote";

export type ToChild =
  | { readonly kind: "load"; readonly model: string; readonly limits: Readonly<Record<string, number>> }
  | { readonly kind: "run"; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: "stop" };

export type ToAgent =
  | { readonly kind: "loaded" }
  | { readonly kind: "unloadable"; readonly message: string }
  | { readonly kind: "log"; readonly line: string }
  | { readonly kind: "done"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly problem: Problem; readonly bytes?: Uint8Array | undefined };
