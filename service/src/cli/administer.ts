/** What an administrator asks of a store, as the lines to read. */
import { temperatureOf } from "../broker/placement.ts";
import { newKey, type Scope } from "../keys.ts";
import type { JobStore } from "../store/store.ts";

const scopes: readonly Scope[] = ["submit", "worker", "admin"];

export type Words = readonly (string | undefined)[];
export interface Said {
  readonly scope: string;
  readonly tier?: string | undefined;
}

/** @returns what there is to read @throws Error for what is not there */
export async function administer(
  store: JobStore,
  said: Said,
  [what, act, one]: Words,
): Promise<readonly string[]> {
  if (what === "keys") return keys(store, said, act, one);
  if (what === "jobs") return jobs(store, act, one);
  if (what === "models") return models(store);
  if (what === "workers") return workers(store);
  if (what === "drain") return drain(store, act);
  if (what === "requeue") {
    await store.expire();
    return [];
  }
  throw new Error(
    `there is no 'admin ${what ?? ""}'. There are: keys, jobs, models, workers, drain, requeue.`,
  );
}

async function keys(store: JobStore, said: Said, act?: string, one?: string): Promise<readonly string[]> {
  if (act === "add" && one) {
    const scope = scopes.find((known) => known === said.scope);
    if (!scope) throw new Error(`--scope is one of ${scopes.join(", ")}, not '${said.scope}'.`);
    if (said.tier !== undefined) requireTier(said.tier, Object.keys(store.limits.tiers));
    const { key, text } = newKey(scope, one, said.tier);
    await store.addKey(key);
    return [text];
  }
  if (act === "remove" && one) {
    if (await store.removeKey(one)) return [];
    throw new Error(`there is no key ${one}.`);
  }
  if (act !== undefined)
    throw new Error("say `admin keys`, `admin keys add NAME` or `admin keys remove ID`.");
  const lines: string[] = [];
  for (const { id, scope, tier, name } of await store.keys())
    lines.push(`${id}  ${scope.padEnd(6)}  ${tier}  ${(await store.used(id)).toFixed(0)} s today  ${name}`);
  return lines;
}

export function requireTier(tier: string, known: readonly string[]): void {
  if (tier !== "standard" && !known.includes(tier))
    throw new Error(
      `there is no tier '${tier}': there are ${["standard", ...known].join(", ")}. Tiers stand in the file of --tiers.`,
    );
}

async function jobs(store: JobStore, act?: string, one?: string): Promise<readonly string[]> {
  if (act === "cancel" && one) {
    if (await store.cancel(one)) return [];
    throw new Error(`the job ${one} has ended, or there is none.`);
  }
  if (act !== undefined) throw new Error("say `admin jobs` or `admin jobs cancel ID`.");
  return (await store.jobs(50)).map(
    ({ id, status, model, owner, attempt, created }) =>
      `${id}  ${status.padEnd(9)}  ${attempt}  ${owner}  ${new Date(created).toISOString()}  ${model}`,
  );
}

/** Models that somebody holds, may hold or waits for. */
async function models(store: JobStore): Promise<readonly string[]> {
  const [workers, waiting] = [await store.workers(), await store.waiting()];
  const all = workers.flatMap(({ models, loading, may }) => [...models, ...loading, ...may]);
  const known = new Set([...all, ...waiting.keys()]);
  if (known.size === 0) return ["there is no worker, and no job waits for a model."];
  return [...known].map((key) => {
    const { state, workers: held, reason } = temperatureOf(key, workers);
    const why = reason && `  (${reason})`;
    return `${state.padEnd(7)}  ${held} workers  ${waiting.get(key) ?? 0} waiting  ${key}${why}`;
  });
}

async function workers(store: JobStore): Promise<readonly string[]> {
  return (await store.workers()).map(
    ({ name, models, seen, drained }) =>
      `${name}  ${drained ? "ending" : "works "}  ${new Date(seen).toISOString()}  ${models.join(" ")}`,
  );
}

async function drain(store: JobStore, name?: string): Promise<readonly string[]> {
  if (!name) throw new Error("say which worker: `admin drain NAME`; `admin workers` lists them.");
  if (!(await store.drain(name))) throw new Error(`there is no worker ${name}.`);
  return [];
}
