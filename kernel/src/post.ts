/** Writes the kernel's messages: replies to one client, publications to all. */
import { randomUUID } from "node:crypto";
import type { Channel, Sockets } from "./sockets.ts";
import { encode, type Sign } from "./wire/codec.ts";
import { type Header, type Json, type Message, protocolVersion } from "./wire/message.ts";

export type Publish = (
  type: string,
  content: Json,
  parent: Header | null,
  buffers?: readonly Uint8Array[],
) => void;

export class Post {
  readonly #session = randomUUID();

  constructor(
    private readonly sockets: Sockets,
    private readonly sign: Sign,
  ) {}

  reply(channel: Exclude<Channel, "iopub">, to: Message<unknown>, type: string, content: Json): void {
    this.#send(channel, to.identities, type, content, to.header);
  }

  readonly publish: Publish = (type, content, parent, buffers) => {
    this.#send("iopub", [Buffer.from(type)], type, content, parent, buffers);
  };

  /** Says that a client's subscription has begun; its topic is the one that was asked for. */
  welcome(topic: Buffer): void {
    this.#send("iopub", [topic], "iopub_welcome", { subscription: topic.toString() }, null);
  }

  #send(
    channel: Channel,
    identities: readonly Buffer[],
    type: string,
    content: Json,
    parent: Header | null,
    buffers: readonly Uint8Array[] = [],
  ): void {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: "kernel",
      date: new Date().toISOString(),
      version: protocolVersion,
      ...(parent?.subshell_id ? { subshell_id: parent.subshell_id } : {}),
    };
    const message = { identities, header, parent, metadata: {}, content, buffers };
    this.sockets.send(channel, encode(message, this.sign));
  }
}
