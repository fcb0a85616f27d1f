/**
 * Large results on their way to a client, by Node's own response. Each part that a web stream is given is memory of its own,
 * and to collect that, with all else that a service holds, takes longer than to send it.
 */
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

/** @param parts each holds until the next one is asked for */
export async function sent(
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  parts: AsyncIterable<Uint8Array>,
): Promise<Response> {
  outgoing.writeHead(status, headers);
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  outgoing.once("close", () => gone.reject(new Error("the client has gone")));
  try {
    for await (const part of parts)
      await Promise.race([new Promise<unknown>((done) => outgoing.write(part, done)), gone.promise]);
    outgoing.end();
  } catch {
    // The client sees that it is cut, and asks for the rest.
    outgoing.destroy();
  }
  return RESPONSE_ALREADY_SENT;
}
