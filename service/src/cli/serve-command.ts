/** `nnsight-ts serve`, from its options to its end. */
import { readFileSync } from "node:fs";
import { newKey } from "../keys.ts";
import type { JobStore } from "../store/store.ts";
import { listenForAdmin } from "./admin-socket.ts";
import type { Values } from "./bin.ts";
import { placeOf } from "./place.ts";
import { type ServeOptions, startService } from "./serve.ts";
import { holdOf, levelOf, numberOf } from "./values.ts";

const firstKey = "first";

export async function serveCommand(values: Values): Promise<void> {
  const models = values.model ?? [];
  if (models.length === 0)
    throw new Error("say which models are hosted: --model HuggingFaceTB/SmolLM2-135M-Instruct");
  const tls = tlsOf(values);
  const numbers = {
    port: numberOf(values, "port", 0, 65_535),
    seconds: numberOf(values, "seconds", 1),
    memory: numberOf(values, "ram", 0.1) * 2 ** 30,
    lease: numberOf(values, "lease", 1),
    stay: numberOf(values, "stay", 0),
  };
  const level = levelOf(values);
  const { store, blobs } = await placeOf(values);
  const service = await startService({
    store,
    blobs,
    models,
    host: values.host,
    ...numbers,
    ...holdOf(values),
    worker: !values["no-worker"],
    lean: values.lean ?? false,
    level,
    ...(tls && { tls }),
  });
  const embedded = !values.database && !values["memory-only"] && values.data;
  const deafen = embedded ? await listenForAdmin(embedded, store) : undefined;
  const key = await keyFor(store, values.tier);
  console.log(`NNSIGHT_HOST=${service.url}`);
  if (key) console.log(`NNSIGHT_API_KEY=${key}`);
  else console.log("Keys are known already: `nnsight-ts admin keys add NAME` makes another one.");
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  // Begun by another program, it ends with it, however that ends.
  if (values["with-parent"]) process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));
  await ended;
  deafen?.();
  await service.stop();
  process.exit(0);
}

/** @throws Error for one without the other, or a file that cannot be read */
function tlsOf(values: Values): ServeOptions["tls"] {
  const [cert, key] = [values["tls-cert"], values["tls-key"]];
  if (!cert && !key) return undefined;
  if (!cert || !key) throw new Error("HTTPS needs both: --tls-cert FILE and --tls-key FILE, in PEM.");
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

/** The first key of a service that has none; it is shown once. */
async function keyFor(store: JobStore, tier?: string): Promise<string | undefined> {
  if ((await store.keys()).some(({ scope }) => scope !== "worker")) return undefined;
  const { key, text } = newKey("submit", firstKey, tier);
  await store.addKey(key);
  return text;
}
