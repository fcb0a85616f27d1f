/** What the supervisor and the user process say to each other. */
import type { Header } from "../wire/message.ts";

export interface RunnableCell {
  readonly id: number;
  readonly code: string;
  readonly js: string;
  readonly map: string;
  readonly variables: readonly string[];
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
  readonly expressions: Readonly<Record<string, string>>;
}

/** What a page asks about something that is shown; see `core/src/display/live/protocol.ts`. */
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

export interface LiveAnswer {
  readonly kind: "live";
  readonly comm: string;
  readonly reply: object;
  readonly buffers: readonly Uint8Array[];
  readonly parent: Header;
}

export type ToUser =
  | ExecuteOrder
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
  | LiveAnswer
  /** The user has dropped these names. */
  | { readonly kind: "dropped"; readonly names: readonly string[] }
  | { readonly kind: "interrupting" }
  | { readonly kind: "done"; readonly outcome: Outcome };
