/** The service: runs traces for other machines. */
export { FolderBlobs, MemoryBlobs } from "./blobs.ts";
export { appOf } from "./broker/app.ts";
export { Broker } from "./broker/broker.ts";
export { Metrics } from "./broker/metrics.ts";
export { type Running, type ServeOptions, startService } from "./cli/serve.ts";
export { newKey } from "./keys.ts";
export { MemoryStore } from "./store/memory.ts";
export { openEmbedded, openPostgres } from "./store/open.ts";
export type { JobStore } from "./store/store.ts";
