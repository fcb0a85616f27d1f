/** Opens what jobs are kept in: a PostgreSQL server, or PGlite in a folder of this machine. */
import { lockFolder } from "./lock.ts";
import { PostgresStore } from "./postgres.ts";
import { openPglite, openServer } from "./sql.ts";
import type { JobStore, Limits } from "./store.ts";

/** @throws Error when the server cannot be reached */
export const openPostgres = async (url: string, limits: Partial<Limits> = {}): Promise<JobStore> =>
  PostgresStore.open(await openServer(url), limits);

/** @throws Error when another process has the folder */
export async function openEmbedded(folder: string, limits: Partial<Limits> = {}): Promise<JobStore> {
  const unlock = lockFolder(folder);
  try {
    const store = await PostgresStore.open(await openPglite(folder), limits);
    const close = store.close.bind(store);
    store.close = () => close().finally(unlock);
    return store;
  } catch (error) {
    unlock();
    throw error;
  }
}
