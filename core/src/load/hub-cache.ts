/** The folder in which Hugging Face's tools keep what they have downloaded: `blobs`, and snapshots of links to them. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTextIfThere } from "./file-range.ts";
import { hubHome } from "./hub-settings.ts";

/** `HF_HUB_CACHE`, else `hub` in Hugging Face's folder. */
export const hubCacheFolder = (): string => resolve(process.env.HF_HUB_CACHE || join(hubHome(), "hub"));

/** Where everything of one model lies. */
export const repositoryFolder = (id: string): string =>
  join(hubCacheFolder(), `models--${id.replaceAll("/", "--")}`);

/**
 * The folders of a model's snapshots. Without a revision that of the branch `main` comes first; with one it is the only one.
 * @param revision a branch, a tag or a commit
 */
export async function snapshotsOf(id: string, revision?: string): Promise<string[]> {
  const folder = repositoryFolder(id);
  const named = (await readTextIfThere(join(folder, "refs", ...(revision ?? "main").split("/"))))?.trim();
  let commits: string[] = [];
  try {
    commits = readdirSync(join(folder, "snapshots"));
  } catch {
    // Never downloaded.
  }
  if (revision !== undefined) commits = commits.filter((commit) => commit === (named ?? revision));
  commits.sort((a, b) => Number(b === named) - Number(a === named));
  return commits.map((commit) => join(folder, "snapshots", commit));
}
