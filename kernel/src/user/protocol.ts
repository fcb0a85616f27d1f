/** What the supervisor and the user process say to each other. */
import type { Lookup, ValuePath } from "nnsight-ts-compiler";
import type { Header, Json } from "../wire/message.ts";
import type { Seen } from "./look.ts";

export interface RunnableCell {
  readonly id: number;
  readonly code: string;
  readonly js: string;
  readonly map: string;
  readonly variables: readonly string[];
  /** Where functions and classes stand in the code. */
  readonly functions: readonly (readonly [start: number, end: number])[];
}

export interface MimeBundle {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type ExpressionReport = ({ status: "ok" } & MimeBundle) | ({ status: "error" } & ErrorReport);

export type Outcome =
  | {
      readonly status: "ok";
      readonly result: MimeBundle | null;
      readonly expressions: Readonly<Record<string, ExpressionReport>>;
      /** MIME data that clients show beside the outputs. */
      readonly pages?: readonly Json[];
    }
  | {
      readonly status: "error";
      readonly error: ErrorReport;
      /** The cell's variables that got no value. */
      readonly unset?: readonly string[];
    };

export interface ExecuteOrder {
  readonly kind: "execute";
  readonly cell: RunnableCell | null;
  readonly count: number;
  readonly parent: Header;
  readonly allowInput: boolean;
  /** What is printed after the cell has ended belongs to the one before it. */
  readonly silent: boolean;
  readonly expressions: Readonly<Record<string, string>>;
}

/** An editor wants to know what may stand at a place, or what a value is. */
export interface LookOrder {
  readonly kind: "look";
  readonly id: number;
  readonly lookup?: Lookup;
  readonly path?: ValuePath;
}

export interface LookAnswer {
  readonly kind: "seen";
  readonly id: number;
  readonly seen: readonly Seen[];
  readonly text: string | undefined;
}

export interface CommOrder {
  readonly kind: "comm";
  readonly type: "comm_open" | "comm_msg" | "comm_close";
  readonly header: Header;
  readonly content: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** A comm message of user code. */
export interface CommEvent extends Omit<CommOrder, "header"> {
  readonly parent: Header | null;
}

/** What a page asks about something that is shown; see `core/src/display/live/protocol.ts`. The answer is a comm message. */
export interface LiveQuestion {
  readonly kind: "live";
  readonly comm: string;
  readonly request: {
    readonly seq: number;
    readonly id: string;
    readonly view: string;
    readonly query: unknown;
  };
  readonly parent: Header;
}

export type ToUser =
  | ExecuteOrder
  | LookOrder
  | CommOrder
  | LiveQuestion
  | { readonly kind: "interrupt" }
  | { readonly kind: "input"; readonly id: number; readonly value: string };

export type StreamName = "stdout" | "stderr";

export type FromUser =
  | { readonly kind: "ready" }
  | {
      readonly kind: "stream";
      readonly name: StreamName;
      readonly text: string;
      readonly parent: Header | null;
    }
  | {
      readonly kind: "display";
      readonly bundle: MimeBundle;
      readonly displayId: string | null;
      readonly update: boolean;
      readonly parent: Header | null;
    }
  | { readonly kind: "clear"; readonly wait: boolean; readonly parent: Header | null }
  | { readonly kind: "input"; readonly id: number; readonly prompt: string; readonly password: boolean }
  | LookAnswer
  | CommEvent
  | { readonly kind: "commTarget"; readonly target: string }
  | { readonly kind: "commHandled"; readonly messageId: string }
  /** The user has dropped these names. */
  | { readonly kind: "dropped"; readonly names: readonly string[] }
  | { readonly kind: "interrupting" }
  | { readonly kind: "done"; readonly outcome: Outcome };
