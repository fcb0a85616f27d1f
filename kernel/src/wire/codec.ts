/** Messages ⇄ signed ZeroMQ frames. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Header, Json, Message } from "./message.ts";

const delimiter = Buffer.from("<IDS|MSG>");

export type Sign = (parts: readonly Uint8Array[]) => string;

/** HMAC-SHA256 with the connection's key; without a key nothing is signed. */
export function signer(key: string): Sign {
  if (key === "") return () => "";
  return (parts) => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  };
}

export class WireError extends Error {
  override readonly name = "WireError";
}

export function encode(message: Message, sign: Sign): Uint8Array[] {
  const { header, parent, metadata, content } = message;
  const parts = [header, parent ?? {}, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [...message.identities, delimiter, Buffer.from(sign(parts)), ...parts, ...message.buffers];
}

export function decode(frames: readonly Buffer[], sign: Sign): Message {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0) throw new WireError("A message without the delimiter <IDS|MSG> was dropped.");
  const signature = frames[at + 1];
  const parts = frames.slice(at + 2, at + 6);
  if (!signature || parts.length < 4)
    throw new WireError("A message with fewer than six parts after its identities was dropped.");
  const expected = Buffer.from(sign(parts));
  if (expected.length > 0 && !(expected.length === signature.length && timingSafeEqual(expected, signature)))
    throw new WireError("A message with a wrong signature was dropped.");
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()) as Json);
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    parent: parent && "msg_id" in parent ? (parent as unknown as Header) : null,
    metadata: metadata ?? {},
    content: content ?? {},
    buffers: frames.slice(at + 6),
  };
}
