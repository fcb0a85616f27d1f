/** `nnsight-ts admin`: what an administrator does beside a service. Keys are shown once, when they are made. */
import { newKey, type Scope } from "../keys.ts";
import type { JobStore } from "../store/store.ts";
import type { Values } from "./bin.ts";
import { placeOf } from "./place.ts";

const scopes: readonly Scope[] = ["submit", "worker", "admin"];

export async function admin(
  values: Values,
  [what, act, one]: readonly (string | undefined)[],
): Promise<void> {
  const { store } = await placeOf(values);
  try {
    if (what === "keys") await keys(store, values, act, one);
    else if (what === "jobs") await jobs(store, act, one);
    else if (what === "models") await models(store);
    else if (what === "workers") await workers(store);
    else if (what === "drain") await drain(store, act);
    else if (what === "requeue") await store.expire();
    else
      throw new Error(`there is no 'admin ${what}'. There are: keys, jobs, models, workers, drain, requeue.`);
  } finally {
    await store.close();
  }
}

async function keys(store: JobStore, { scope }: Values, act?: string, one?: string): Promise<void> {
  if (act === "add" && one) {
    const known = scopes.find((known) => known === scope);
    if (!known) throw new Error(`--scope is one of ${scopes.join(", ")}.`);
    const { key, text } = newKey(known, one);
    await store.addKey(key);
    console.log(text);
  } else if (act === "remove" && one) {
    if (!(await store.removeKey(one))) throw new Error(`there is no key ${one}.`);
  } else
    for (const { id, scope, name } of await store.keys()) console.log(`${id}  ${scope.padEnd(6)}  ${name}`);
}

async function jobs(store: JobStore, act?: string, one?: string): Promise<void> {
  if (act === "cancel" && one) {
    if (!(await store.cancel(one))) throw new Error(`the job ${one} has ended, or there is none.`);
    return;
  }
  for (const { id, status, model, owner, attempt, created } of await store.jobs(50))
    console.log(
      `${id}  ${status.padEnd(9)}  ${attempt}  ${owner}  ${new Date(created).toISOString()}  ${model}`,
    );
}

/** Models that are held or waited for, with how many do either. */
async function models(store: JobStore): Promise<void> {
  const [workers, waiting] = [await store.workers(), await store.waiting()];
  for (const key of new Set([...workers.flatMap(({ models }) => models), ...waiting.keys()])) {
    const held = workers.filter(({ models }) => models.includes(key)).length;
    console.log(`${held ? "hot " : "cold"}  ${held} workers  ${waiting.get(key) ?? 0} waiting  ${key}`);
  }
}

async function workers(store: JobStore): Promise<void> {
  for (const { name, models, seen, drained } of await store.workers())
    console.log(
      `${name}  ${drained ? "ending" : "works "}  ${new Date(seen).toISOString()}  ${models.join(" ")}`,
    );
}

async function drain(store: JobStore, name?: string): Promise<void> {
  if (!name) throw new Error("say which worker: `admin drain NAME`; `admin workers` lists them.");
  if (!(await store.drain(name))) throw new Error(`there is no worker ${name}.`);
}
