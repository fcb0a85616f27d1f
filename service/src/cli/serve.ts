/** `nnsight-ts serve`: a broker, and unless told otherwise a worker beside it. */
import { createServer } from "node:https";
import { serve } from "@hono/node-server";
import { openHosted } from "nnsight-ts/remote";
import { pino } from "pino";
import type { Blobs } from "../blobs.ts";
import { appOf } from "../broker/app.ts";
import { Broker } from "../broker/broker.ts";
import { Metrics } from "../broker/metrics.ts";
import type { JobStore } from "../store/store.ts";
import { Agent, type AgentOptions } from "../worker/agent.ts";
import { ownLine } from "../worker/own-line.ts";

export interface ServeOptions {
  readonly store: JobStore;
  readonly blobs: Blobs;
  readonly models: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly worker: boolean;
  /** Bytes of models that its worker holds at once: then each is loaded when somebody waits for it, but for those that are kept. */
  readonly hold?: number;
  readonly keep?: readonly string[];
  /** Seconds that a model stays at least with a worker. Default 30. */
  readonly stay?: number;
  readonly seconds: number;
  readonly memory: number;
  /** Whether a child keeps no more than one packed copy of its weights. */
  readonly lean?: boolean;
  /** Seconds without a beat after which a job goes to another worker; as the store was opened with. */
  readonly lease?: number;
  readonly level: string;
  /** PEM of a certificate and its key: then it speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Days that jobs and results are kept after their end. */
const kept = 24 * 3600 * 1000;

export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error when a model cannot be opened, or the port is taken */
export async function startService(options: ServeOptions): Promise<Running> {
  const { store, blobs, worker, level } = options;
  const log = pino({ level, redact: ["*.authorization", "key", "token"] }, pino.destination(2));
  const models = new Map(
    await Promise.all(
      options.models.map(async (id) => [id, await openHosted(id, { progress: () => undefined })] as const),
    ),
  );
  const broker = new Broker({
    store,
    blobs,
    models,
    metrics: new Metrics(),
    log,
    lease: options.lease,
    stay: options.stay,
  });
  const app = appOf(broker);
  const server = await listening(app, options.port, options.host, options.tls);
  const url = urlOf(server, options.host, options.tls ? "https" : "http");
  let agent: Agent | undefined;
  let working: Promise<void> | undefined;
  if (worker) {
    const { seconds, memory, lean = false } = options;
    agent = new Agent({
      name: `local-${process.pid}`,
      line: ownLine(broker),
      ...holding([...models.keys()], options),
      log,
      seconds,
      memory,
      lean,
    });
    await agent.load();
    working = agent.work();
  }
  const sweeping = setInterval(
    () => void sweep().catch((error) => log.error({ error: String(error) }, "sweep")),
    1000,
  );
  let pruned = Date.now();
  async function sweep(): Promise<void> {
    await store.expire();
    if (Date.now() - pruned < store.pruning) return;
    pruned = Date.now();
    for (const blob of await store.prune(Date.now() - kept)) await blobs.remove(blob);
  }
  return {
    url,
    async stop() {
      clearInterval(sweeping);
      agent?.stop();
      await Promise.race([working, new Promise((resolve) => setTimeout(resolve, 5000))]);
      agent?.kill();
      (server as { closeAllConnections?(): void }).closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

/** What a worker holds, and what it may. */
export const holding = (
  models: readonly string[],
  { hold, keep = [] }: Pick<ServeOptions, "hold" | "keep">,
): Pick<AgentOptions, "models" | "may"> =>
  hold === undefined ? { models } : { models: keep, may: { models, room: hold } };

type Server = ReturnType<typeof serve>;

/** @throws Error when the port is taken */
const listening = (
  { fetch }: ReturnType<typeof appOf>,
  port: number,
  hostname: string,
  tls?: ServeOptions["tls"],
): Promise<Server> =>
  new Promise((resolve, reject) => {
    const secured = tls && { createServer, serverOptions: { ...tls } };
    const one = serve({ fetch, port, hostname, ...secured }, () => resolve(one));
    one.once("error", reject);
  });

function urlOf(server: Server, host: string, scheme: "http" | "https"): string {
  const { port } = server.address() as { readonly port: number };
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
