/** A service that speaks HTTPS, with a certificate of the test's own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MemoryBlobs } from "../blobs.ts";
import { MemoryStore } from "../store/memory.ts";
import { startService } from "./serve.ts";

test("with a certificate it answers by HTTPS, to who trusts it, and not by HTTP", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nnsight-tls-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1`;
  execFileSync("openssl", [...made.split(" "), "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
  const [key, cert] = [readFileSync(keyFile, "utf8"), readFileSync(certFile, "utf8")];
  const service = await startService({
    store: new MemoryStore(),
    blobs: new MemoryBlobs(),
    models: [],
    host: "127.0.0.1",
    port: 0,
    worker: false,
    seconds: 1,
    memory: 1,
    level: "silent",
    tls: { key, cert },
  });
  try {
    const status = (ca?: string) =>
      new Promise((resolve, reject) => {
        get(`${service.url}/v1/status`, { ...(ca && { ca }) }, ({ statusCode }) => resolve(statusCode)).once(
          "error",
          reject,
        );
      });
    expect(service.url).toMatch(/^https:/);
    expect(await status(cert)).toBe(200);
    await expect(status()).rejects.toThrow("self-signed certificate");
    await expect(fetch(service.url.replace("https", "http"))).rejects.toThrow("fetch failed");
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true });
  }
});
