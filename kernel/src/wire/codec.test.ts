import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode, signer } from "./codec.ts";
import type { Message } from "./message.ts";

const header = {
  msg_id: "1",
  msg_type: "execute_request",
  session: "s",
  username: "u",
  date: "2025-01-01T00:00:00Z",
  version: "5.5",
};
const message = (over: Partial<Message> = {}): Message => ({
  identities: [Buffer.from("a"), Buffer.from("b")],
  header,
  parent: null,
  metadata: {},
  content: { code: "1 + 2" },
  buffers: [],
  ...over,
});
const buffersOf = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame));

test("what is encoded is decoded, with all identities and buffers", () => {
  const sign = signer("key");
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.uint8Array()), (content, buffers) => {
      // JSON knows no negative zero and no __proto__ of its own.
      const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>;
      const back = decode(buffersOf(encode(message({ content: plain, buffers }), sign)), sign);
      expect(back.content).toEqual(plain);
      expect(back.identities.map(String)).toEqual(["a", "b"]);
      expect(back.buffers.map((buffer) => [...buffer])).toEqual(buffers.map((buffer) => [...buffer]));
    }),
  );
});

test("a message signed with another key is refused", () => {
  const frames = buffersOf(encode(message(), signer("one")));
  expect(() => decode(frames, signer("two"))).toThrow("A message with a wrong signature was dropped.");
});

test("a changed content is refused", () => {
  const sign = signer("key");
  const frames = buffersOf(encode(message(), sign));
  frames[7] = Buffer.from('{"code":"3"}');
  expect(() => decode(frames, sign)).toThrow("wrong signature");
});

test("without a key nothing is signed", () => {
  const frames = buffersOf(encode(message(), signer("")));
  expect(frames[3]?.toString()).toBe("");
  expect(decode(frames, signer("")).header.msg_id).toBe("1");
});

test("frames that are no message are refused", () => {
  expect(() => decode([Buffer.from("x")], signer(""))).toThrow("without the delimiter");
  expect(() => decode([Buffer.from("<IDS|MSG>"), Buffer.from("")], signer(""))).toThrow(
    "fewer than six parts",
  );
});
