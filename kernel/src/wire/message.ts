/** The parts of a Jupyter message, protocol 5.5. */

export const protocolVersion = "5.5";

export type Json = Readonly<Record<string, unknown>>;

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
  readonly subshell_id?: string | null;
}

export interface Message<Content = Json> {
  /** Who asked: every routing frame, to be sent back with the reply. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | null;
  readonly metadata: Json;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}
