/** Requests over HTTP by Node's own client: what `fetch` puts around one takes longer than a small job itself. */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";

export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  /** What comes, as it comes. @throws Error when it is cut */
  readonly parts: AsyncIterable<Uint8Array>;
  /** All of it. @throws Error when it is cut, or takes more than there is room for */
  into(room: Uint8Array, onPart: (bytes: number) => void): Promise<void>;
  json(): Promise<unknown>;
  /** Lets the rest go by. */
  leave(): void;
}

/** Milliseconds after which a connection on which nothing comes is taken to be dead: a service says at times that it is there. */
const silence = 60_000;

/** @throws Error when there is no answer */
export function ask(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const length = body && { "content-length": String(body.length) };
    const asked = request(url, { method, headers: { ...headers, ...length }, timeout: silence });
    asked.once("response", (message) => resolve(answerOf(message)));
    asked.once("timeout", () => asked.destroy(new Error(`nothing came for ${silence / 1000} seconds`)));
    // Also what comes after the answer has begun, which its reader is told of.
    asked.on("error", reject);
    asked.end(body);
  });
}

const answerOf = (message: IncomingMessage): Answer => ({
  status: message.statusCode!,
  header: (name) => message.headers[name]?.toString(),
  // Who has heard enough lets the rest go by, so that the connection stays for the next request.
  parts: { [Symbol.asyncIterator]: () => message.iterator({ destroyOnReturn: false }) },
  into: (room, onPart) =>
    new Promise((resolve, reject) => {
      let at = 0;
      const { socket } = message;
      // Node's parser, which hears it first, has made a copy.
      socket.on("data", giveBack);
      message.once("close", () => socket.off("data", giveBack));
      message.on("data", (part: Uint8Array<ArrayBuffer>) => {
        const { length } = part;
        if (at + length > room.length) return void message.destroy(new Error("it is too long"));
        room.set(part, at);
        giveBack(part);
        at += length;
        onPart(length);
      });
      message.once("end", resolve);
      message.once("error", reject);
    }),
  async json() {
    const parts: Uint8Array[] = [];
    for await (const part of message) parts.push(part as Uint8Array);
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  },
  leave: () => void message.resume(),
});

/** Memory that is read no more, at once: until V8 finds it by itself it takes as long again as the download. */
function giveBack({ buffer, length }: Uint8Array<ArrayBuffer>): void {
  if (length === buffer.byteLength) buffer.transfer(0);
}
