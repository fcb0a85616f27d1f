/** `nnsight-ts serve`, from its options to its end. */
import { newKey } from "../keys.ts";
import type { JobStore } from "../store/store.ts";
import type { Values } from "./bin.ts";
import { placeOf } from "./place.ts";
import { startService } from "./serve.ts";

const firstKey = "first";

export async function serveCommand(values: Values): Promise<void> {
  const models = values.model ?? [];
  if (models.length === 0)
    throw new Error("say which models are hosted: --model HuggingFaceTB/SmolLM2-135M-Instruct");
  const { store, blobs } = await placeOf(values);
  const service = await startService({
    store,
    blobs,
    models,
    host: values.host,
    port: Number(values.port),
    worker: !values["no-worker"],
    seconds: Number(values.seconds),
    memory: Number(values.ram) * 2 ** 30,
    lease: Number(values.lease),
    level: values.log,
  });
  const key = await keyFor(store);
  console.log(`NNSIGHT_HOST=${service.url}`);
  if (key) console.log(`NNSIGHT_API_KEY=${key}`);
  else console.log("Keys are known already: `nnsight-ts admin keys add NAME` makes another one.");
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  // Begun by another program, it ends with it, however that ends.
  if (values["with-parent"]) process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));
  await ended;
  await service.stop();
  process.exit(0);
}

/** The first key of a service that has none; it is shown once. */
async function keyFor(store: JobStore): Promise<string | undefined> {
  if ((await store.keys()).some(({ scope }) => scope !== "worker")) return undefined;
  const { key, text } = newKey("submit", firstKey);
  await store.addKey(key);
  return text;
}
