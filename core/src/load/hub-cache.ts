/** The folder in which Hugging Face's tools keep what they have downloaded. Only read. */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readTextIfThere } from "./file-range.ts";

/** `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in `huggingface` in the user's cache folder. */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
  return resolve(HF_HUB_CACHE || join(home, "hub"));
}

/** The folders of a model's snapshots, that of the branch `main` first. */
export async function snapshotsOf(id: string): Promise<string[]> {
  const folder = join(hubCacheFolder(), `models--${id.replaceAll("/", "--")}`);
  const main = (await readTextIfThere(join(folder, "refs", "main")))?.trim();
  let commits: string[] = [];
  try {
    commits = readdirSync(join(folder, "snapshots"));
  } catch {
    // Never downloaded.
  }
  commits.sort((a, b) => Number(b === main) - Number(a === main));
  return commits.map((commit) => join(folder, "snapshots", commit));
}
