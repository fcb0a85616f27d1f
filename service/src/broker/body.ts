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
export async function received(request: Request, limit: number, blobs: Blobs): Promise<Made> {
  const many = (sizeOf(request) ?? small + 1) > small;
  return taken(many ? limited(request, limit) : await bodyOf(request, small), blobs);
}

interface Made {
  readonly result?: Taken;
  readonly made?: Uint8Array;
}

/** Bytes that stand with their job when they are few; what comes in parts is a blob. */
export async function taken(bytes: Uint8Array | Chunks, blobs: Blobs): Promise<Made> {
  const many = !(bytes instanceof Uint8Array);
  if (many || bytes.length > small) {
    const result = await blobs.take(many ? bytes : [bytes]);
    return result.bytes ? { result } : {};
  }
  return bytes.length ? { result: { bytes: bytes.length, sha256: hashOf(bytes) }, made: bytes } : {};
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
