/** Objects in an S3-like store: a stand-in that knows no more than the published rules of signatures. */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collected } from "./blobs.ts";
import { hashOf } from "./keys.ts";
import { bucketIn, S3Blobs } from "./s3-blobs.ts";

const secret = "a secret";
const objects = new Map<string, Buffer>();
let failures = 0;
let server: Server;
let endpoint: string;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** The rules of "AWS Signature Version 4" for a request whose headers carry the signature. */
function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=ada\/(\d{8})\/(\S+)\/s3\/aws4_request, SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      request.headers.authorization ?? "",
    );
  if (!parts) return false;
  const [, day, region, names, signature] = parts as unknown as string[];
  const content = String(request.headers["x-amz-content-sha256"]);
  if (request.method === "PUT" && content !== createHash("sha256").update(body).digest("hex")) return false;
  const headers = names!.split(";").map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const asked = [request.method, request.url, "", headers.join(""), names, content].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const time = String(request.headers["x-amz-date"]);
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(asked).digest("hex")].join("\n");
  const key = [region!, "s3", "aws4_request"].reduce(hmac as never, hmac(`AWS4${secret}`, day!) as never);
  return hmac(key as unknown as Buffer, text).toString("hex") === signature;
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const answer = (status: number, content?: Buffer): void => void response.writeHead(status).end(content);
    if (failures > 0) {
      failures--;
      return answer(503);
    }
    if (!isSigned(request, body)) return answer(403);
    const object = objects.get(request.url!);
    if (request.method === "PUT") objects.set(request.url!, body);
    if (request.method === "DELETE") objects.delete(request.url!);
    if (request.method !== "GET") return answer(200);
    if (!object) return answer(404);
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
    if (from === undefined) return answer(200, object);
    return Number(from) < object.length ? answer(206, object.subarray(Number(from))) : answer(416);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
});
afterAll(() => void server.close());

const environment = (key = secret) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "ada",
  AWS_SECRET_ACCESS_KEY: key,
  AWS_REGION: "eu-central-1",
});
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
const hash = hashOf(bytes);

test("what is put is read whole and from any byte on, and is gone when it is removed", async () => {
  const blobs = new S3Blobs(bucketIn("s3://results/of-ours", environment()));
  const rest = async (from: number) => collected((await blobs.parts(hash, from))!);
  expect([await blobs.read(hash), await blobs.parts(hash, 0)]).toEqual([undefined, undefined]);
  await blobs.put(hash, bytes);
  expect([...objects.keys()]).toEqual([`/results/of-ours/${hash}`]);
  expect(await blobs.read(hash)).toEqual(bytes);
  expect([await rest(0), await rest(400), await rest(1000)]).toEqual([
    bytes,
    bytes.subarray(400),
    new Uint8Array(),
  ]);
  failures = 2;
  expect(await blobs.read(hash)).toEqual(bytes);
  await blobs.remove(hash);
  expect(await blobs.read(hash)).toBeUndefined();
});

test("a wrong key and other bytes than the name says are refused; names are hashes only", async () => {
  const wrong = new S3Blobs(bucketIn("s3://results", environment("another")));
  await expect(wrong.read(hash)).rejects.toThrow("answered 403");
  const right = new S3Blobs(bucketIn("s3://results", environment()));
  await expect(right.put(hash, bytes.subarray(1))).rejects.toThrow("answered 403");
  await expect(right.read("../secret")).rejects.toThrow("named by its SHA-256");
});

test("a place without a bucket or keys says what to write", () => {
  expect(() => bucketIn("s3://", environment())).toThrow("write s3://BUCKET/PREFIX");
  expect(() => bucketIn("s3://results", {})).toThrow("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const { url } = bucketIn("s3://results/a/", { ...environment(), AWS_ENDPOINT_URL: undefined });
  expect(url).toBe("https://results.s3.eu-central-1.amazonaws.com/a/");
});
