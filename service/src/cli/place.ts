/** Where a service keeps its jobs, as the command line says. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Blobs, FolderBlobs, MemoryBlobs } from "../blobs.ts";
import { bucketIn, S3Blobs } from "../s3-blobs.ts";
import { MemoryStore } from "../store/memory.ts";
import type { JobStore, Limits } from "../store/store.ts";
import type { Values } from "./bin.ts";
import { numberOf, tiersIn } from "./values.ts";

export interface Place {
  readonly store: JobStore;
  readonly blobs: Blobs;
}

/** @throws Error when the place cannot be opened, or another service has it */
export async function placeOf(values: Values): Promise<Place> {
  const limits = limitsOf(values);
  if (values["memory-only"]) return { store: new MemoryStore(limits), blobs: new MemoryBlobs() };
  if (values.database) {
    if (!values.blobs)
      throw new Error(
        "with --database say where results are kept, too: --blobs DIR, a folder that all brokers share, or --blobs s3://BUCKET/PREFIX.",
      );
    return {
      store: await (await openers()).openPostgres(values.database, limits),
      blobs: blobsAt(values.blobs),
    };
  }
  if (!values.data)
    throw new Error("say where jobs are kept: --data DIR, --database postgres://…, or --memory-only.");
  makeFolder(values.data);
  return {
    store: await (await openers()).openEmbedded(join(values.data, "jobs"), limits),
    blobs: blobsAt(values.blobs ?? join(values.data, "blobs")),
  };
}

/** Not read where all is kept in memory. */
const openers = () => import("../store/open.ts");

/** The limits that the command line gives. @throws Error for a file of tiers that is none */
export function limitsOf(values: Values): Partial<Limits> {
  return {
    lease: numberOf(values, "lease", 1),
    ...(values.tiers !== undefined && tiersIn(values.tiers)),
  };
}

const blobsAt = (place: string): Blobs =>
  place.startsWith("s3://") ? new S3Blobs(bucketIn(place, process.env)) : new FolderBlobs(place);

/** @throws Error when the folder cannot be made, or not be written to */
function makeFolder(path: string): void {
  try {
    makeWithParents(path);
    accessSync(path, constants.W_OK);
  } catch (cause) {
    throw new Error(`jobs cannot be kept in --data ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** One by one: in a place where the system makes no folders, such as /proc, Node's own way with parents never ends. */
function makeWithParents(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (!existsSync(dirname(path))) makeWithParents(dirname(path));
  mkdirSync(path);
}
