/** What a page and a kernel say to each other about something that is shown; the same for every viewer. */

/** The comm target that a page opens, once for each kernel it is connected to. */
export const LIVE_TARGET = "nnsight.live.v1";

/** One message never takes more bytes of numbers than this. */
export const MOST_REPLY_BYTES = 1_000_000;

/** A question about the thing of that id. A question that is asked again, since a message may be lost, keeps its number. */
export interface LiveRequest<Query = unknown> {
  readonly seq: number;
  readonly id: string;
  /** Who asks: of two waiting questions with the same view, the kernel answers the newer one only. */
  readonly view: string;
  readonly query: Query;
}

/** The question that everything on the shelf answers: is it still there, and what did not fit into the notebook? */
export interface AboutQuery {
  readonly ask: "about";
}

/** Numbers travel in the message's buffers. */
export type LiveReply<Result = unknown> =
  | { readonly seq: number; readonly result: Result }
  /** The kernel has restarted, or has dropped the thing to make room. */
  | { readonly seq: number; readonly gone: true }
  /** The question makes no sense for the thing. */
  | { readonly seq: number; readonly error: string };

/** A result and its numbers. */
export interface Answer<Result = unknown> {
  readonly result: Result;
  readonly buffers: readonly Uint8Array[];
}
