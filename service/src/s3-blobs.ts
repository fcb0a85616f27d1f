/** Blobs as objects of an S3-like store, each named by its SHA-256. */
import { AwsClient } from "aws4fetch";
import { type Blobs, collected, type Parts, type Taken } from "./blobs.ts";
import { hashOf } from "./keys.ts";

/** Where the objects are, and who asks for them. */
export interface Bucket {
  /** Of the objects, to which their names are added. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * @param place `s3://bucket/prefix`
 * @param environment as Amazon's own tools read it: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
 *   `AWS_REGION`, and `AWS_ENDPOINT_URL` for a store of another maker
 * @throws Error for what is no such place, or without the keys
 */
export function bucketIn(place: string, environment: Readonly<Record<string, string | undefined>>): Bucket {
  const [, bucket, prefix = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*?))?\/?$/.exec(place) ?? [];
  if (!bucket) throw new Error(`'${place}' names no bucket: write s3://BUCKET/PREFIX.`);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error(`${place} needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`);
  const region = environment["AWS_REGION"] ?? "us-east-1";
  const endpoint = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"];
  const root = endpoint
    ? `${endpoint.replace(/\/+$/, "")}/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`;
  return {
    url: `${root}/${prefix && `${prefix}/`}`,
    region,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

export class S3Blobs implements Blobs {
  readonly #url: string;
  readonly #client: AwsClient;

  constructor({ url, ...keys }: Bucket) {
    this.#url = url;
    this.#client = new AwsClient({ ...keys, service: "s3", retries: 4 });
  }

  async put(hash: string, bytes: Uint8Array): Promise<void> {
    // With its hash the store checks what it was sent.
    await this.#ask("PUT", hash, { "x-amz-content-sha256": hash }, bytes);
  }

  async take(chunks: Parts): Promise<Taken> {
    const bytes = await collected(chunks);
    const sha256 = hashOf(bytes);
    await this.put(sha256, bytes);
    return { bytes: bytes.length, sha256 };
  }

  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.#ask("GET", hash);
    return response && new Uint8Array(await response.arrayBuffer());
  }

  async parts(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const response = await this.#ask("GET", hash, from ? { range: `bytes=${from}-` } : {});
    return response && (response.body ?? new Blob([]).stream());
  }

  async remove(hash: string): Promise<void> {
    await this.#ask("DELETE", hash);
  }

  /** Nothing when there is no such object. @throws Error when the store refuses, or does not answer */
  async #ask(
    method: string,
    hash: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Uint8Array,
  ): Promise<Response | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error("a blob is named by its SHA-256");
    const response = await this.#client.fetch(this.#url + hash, {
      method,
      headers,
      ...(body && { body: new Uint8Array(body) }),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    // A range from the end on has nothing in it.
    if (response.status === 416) return new Response(null);
    throw new Error(`the store of blobs answered ${response.status}`);
  }
}
