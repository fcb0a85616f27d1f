/** The body of a request, with a limit that holds whatever its headers say. */
import { type Blobs, collected, type Taken } from "../blobs.ts";
import { hashOf } from "../keys.ts";
import { small } from "../store/store.ts";
import { Refusal } from "./refusal.ts";

type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** @throws Refusal beyond the limit, as soon as that is known */
export async function bodyOf(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const told = sizeOf(request);
  if (told === undefined || told > small) return collected(limited(request, limit));
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

/**
 * What a worker made: few bytes as they are, many as a blob, written as they come.
 * @throws Refusal beyond the limit
 */
export async function received(
  request: Request,
  limit: number,
  blobs: Blobs,
): Promise<{ readonly result?: Taken; readonly made?: Uint8Array }> {
  if ((sizeOf(request) ?? small + 1) > small) {
    const result = await blobs.take(limited(request, limit));
    return result.bytes ? { result } : {};
  }
  const made = await bodyOf(request, small);
  return made.length ? { result: { bytes: made.length, sha256: hashOf(made) }, made } : {};
}

async function* limited(request: Request, limit: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if ((sizeOf(request) ?? 0) > limit) throw tooLarge(limit);
  let size = 0;
  for await (const part of (request.body ?? []) as Chunks) {
    size += part.length;
    if (size > limit) throw tooLarge(limit);
    yield part;
  }
}

/** As its sender says: within a process there is no other header for it. */
function sizeOf({ headers }: Request): number | undefined {
  const said = headers.get("content-length") ?? headers.get("x-bytes");
  return said === null ? undefined : Number(said);
}

const tooLarge = (limit: number): Refusal =>
  new Refusal(
    413,
    "BODY_TOO_LARGE",
    `the request has more than ${limit} bytes, which is the limit. Send smaller constants.`,
  );
