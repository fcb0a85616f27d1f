/** Downloads against a local server that speaks the part of the hub's protocol that is used. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { LanguageModel } from "../model/language-model.ts";
import { fetchModel } from "./hub.ts";
import { locateModel } from "./locate.ts";
import { printHeader } from "./safetensors-header.ts";

const COMMIT = "c".repeat(40);
const config = { model_type: "gpt2", n_layer: 1, n_embd: 4, n_head: 1, vocab_size: 8, n_positions: 4 };

/** How the stand-in behaves. */
interface Hub {
  readonly files: Map<string, Buffer>;
  readonly asked: string[];
  /** Ends the answer after so many bytes, once. */
  breakAfter?: number | undefined;
  readonly status?: number;
  readonly knowsRanges?: boolean;
  /** What is sent in place of a file. */
  readonly spoilt?: Buffer;
}

let server: Server | undefined;
let home: string;

beforeEach(() => {
  home = scratchFolder();
  for (const name of [
    "HF_HUB_CACHE",
    "NNSIGHT_MODELS",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_TOKEN_PATH",
  ])
    vi.stubEnv(name, undefined);
  for (const name of ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", home);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
});

/** The weights of the model, as a file. */
function weights(): Buffer {
  const model = LanguageModel.random(config as { model_type: "gpt2" }, { seed: 5 });
  let end = 0;
  const parameters = model.namedParameters().filter(([name]) => name !== "lm_head.weight");
  const entries = parameters.map(([name, { shape, data }]) => ({
    name: name.replace("transformer.", ""),
    format: "F32",
    shape,
    begin: end,
    end: (end += data.byteLength),
  }));
  const header = Buffer.from(printHeader(entries, {}, 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([
    length,
    header,
    ...parameters.map(([, { data }]) => Buffer.from(data.buffer as ArrayBuffer)),
  ]);
}

async function start(more: Partial<Hub> = {}): Promise<Hub> {
  const files = new Map([
    ["config.json", Buffer.from(JSON.stringify(config))],
    ["model.safetensors", weights()],
    ["pytorch_model.bin", Buffer.alloc(10)],
    ["README.md", Buffer.from("read me")],
  ]);
  const hub: Hub = { files, asked: [], ...more };
  server = createServer((request, response) => answer(hub, request, response));
  await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
  vi.stubEnv("HF_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return hub;
}

const sha = (kind: string, ...parts: (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash(kind)).digest("hex");

function answer(hub: Hub, { url = "", headers }: IncomingMessage, response: ServerResponse): unknown {
  hub.asked.push(`${url} ${headers.range ?? ""} ${headers.authorization ?? ""}`.trim());
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (hub.status) return send(hub.status, { error: "no" });
  if (url.startsWith("/api/models/org/tiny/revision/"))
    return send(200, { id: "org/tiny", _id: "1", sha: COMMIT, modelId: "org/tiny" });
  if (url.startsWith(`/api/models/org/tiny/tree/${COMMIT}`))
    return send(
      200,
      [...hub.files].map(([path, content]) => {
        const oid = sha("sha1", `blob ${content.length}\0`, content);
        const lfs = { oid: sha("sha256", content), size: content.length, pointerSize: 1 };
        return {
          type: "file",
          path,
          size: content.length,
          oid,
          ...(path.endsWith(".safetensors") && { lfs }),
        };
      }),
    );
  const content = hub.files.get(/\/resolve\/[^/]+\/(.*)$/.exec(url)?.[1] ?? "");
  if (!content) return send(404, { error: "not found" });
  const from = hub.knowsRanges === false ? 0 : Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  const body = url.endsWith(".safetensors") && hub.spoilt ? hub.spoilt : content.subarray(from);
  response.writeHead(from ? 206 : 200, { "content-length": body.length });
  const short = hub.breakAfter;
  if (short === undefined || !url.endsWith(".safetensors")) return response.end(body);
  hub.breakAfter = undefined;
  return response.write(body.subarray(0, short), () => response.socket?.end());
}

test("a model is fetched once, into the cache that Python's tools share", async () => {
  const hub = await start();
  const seen: string[] = [];
  const lm = await LanguageModel.load("org/tiny", {
    progress: ({ done, total, file }) => void seen.push(`${file} ${done <= total}`),
  });
  const logits = await lm.trace([1, 2], () => lm.output.logits);
  const same = LanguageModel.random(config as { model_type: "gpt2" }, { seed: 5 });
  expect(logits.toArray()).toEqual((await same.trace([1, 2], () => same.output.logits)).toArray());
  expect(new Set(seen)).toEqual(new Set(["config.json true", "model.safetensors true"]));

  const repository = join(home, "hub", "models--org--tiny");
  expect(readFileSync(join(repository, "refs", "main"), "utf8")).toBe(COMMIT);
  const snapshot = join(repository, "snapshots", COMMIT);
  expect(readdirSync(snapshot).sort()).toEqual(["config.json", "model.safetensors"]);
  expect(lstatSync(join(snapshot, "config.json")).isSymbolicLink()).toBe(true);
  expect(readlinkSync(join(snapshot, "model.safetensors"))).toBe(
    join("..", "..", "blobs", sha("sha256", hub.files.get("model.safetensors")!)),
  );

  const before = hub.asked.length;
  expect(await locateModel("org/tiny")).toEqual({ kind: "folder", path: snapshot });
  expect(hub.asked.length).toBe(before);
});

test.each([[true], [false]])(
  "what broke off is taken up again (the server knows ranges: %s)",
  async (knowsRanges) => {
    const hub = await start({ breakAfter: 100, knowsRanges });
    const content = hub.files.get("model.safetensors")!;
    const blobs = join(home, "hub", "models--org--tiny", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${sha("sha256", content)}.incomplete`), content.subarray(0, 60));
    const folder = await fetchModel("org/tiny");
    expect(readFileSync(join(folder, "model.safetensors")).equals(content)).toBe(true);
    const asked = hub.asked.filter((url) => url.includes("model.safetensors"));
    expect(asked[0]).toContain("bytes=60-");
    expect(asked).toHaveLength(2);
  },
);

test("content of another kind is not kept", async () => {
  const hub = await start();
  const content = hub.files.get("model.safetensors")!;
  Object.assign(hub, { spoilt: Buffer.alloc(content.length) });
  await expect(fetchModel("org/tiny")).rejects.toThrow("other content than the hub says");
  expect(readdirSync(join(home, "hub", "models--org--tiny", "blobs"))).toHaveLength(1);
});

test("two at once fetch each file once", async () => {
  const hub = await start();
  const [a, b] = await Promise.all([fetchModel("org/tiny"), fetchModel("org/tiny")]);
  expect(a).toBe(b);
  expect(hub.asked.filter((url) => url.includes("/resolve/"))).toHaveLength(2);
  expect(readdirSync(join(home, "hub", ".locks"))).toEqual([]);
});

test("a revision and a token", async () => {
  const hub = await start();
  writeFileSync(join(home, "token"), "hf_kept\n");
  await fetchModel("org/tiny", { revision: "refs/pr/1" });
  expect(hub.asked.every((url) => url.endsWith("Bearer hf_kept"))).toBe(true);
  expect(hub.asked[0]).toContain("/revision/refs%2Fpr%2F1");
  expect(await locateModel("org/tiny", { revision: "refs/pr/1" })).toMatchObject({ kind: "folder" });
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  await expect(locateModel("org/tiny", { revision: "v2" })).rejects.toThrow("HF_HUB_OFFLINE forbids");
});

test.each([
  [401, "without permission (401): it is private or gated"],
  [404, "has no model 'org/tiny' at 'main'"],
  [500, "cannot be asked for org/tiny"],
])("the hub says %i", async (status, words) => {
  await start({ status });
  await expect(fetchModel("org/tiny")).rejects.toThrow(words);
});

test("nothing listens, or nothing of use is there", async () => {
  const hub = await start();
  hub.files.delete("model.safetensors");
  await expect(fetchModel("org/tiny")).rejects.toThrow("no weights in a form that is read");
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
  await expect(fetchModel("org/tiny")).rejects.toThrow("Check the network, or set HF_HUB_OFFLINE=1");
});
