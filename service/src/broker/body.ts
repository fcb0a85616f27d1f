/** The body of a request, with a limit that holds whatever its headers say. */
import { Refusal } from "./refusal.ts";

/** @throws Refusal beyond the limit, as soon as that is known */
export async function bodyOf(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): Refusal =>
    new Refusal(
      413,
      "BODY_TOO_LARGE",
      `the request has more than ${limit} bytes, which is the limit. Send smaller constants.`,
    );
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
