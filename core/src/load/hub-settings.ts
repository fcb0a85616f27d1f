/** What the user has set about the hub: by the variables that Hugging Face's own tools read. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** `HF_HOME`, else `huggingface` in the user's cache folder. */
export function hubHome(): string {
  const { HF_HOME, XDG_CACHE_HOME } = process.env;
  return resolve(HF_HOME || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface"));
}

/** `HF_ENDPOINT`, else the hub itself. */
export const hubUrl = (): string => (process.env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");

/** Whether nothing may be asked of the hub: `HF_HUB_OFFLINE`, or `TRANSFORMERS_OFFLINE`. */
export const isOffline = (): boolean =>
  [process.env.HF_HUB_OFFLINE, process.env.TRANSFORMERS_OFFLINE].some((said) =>
    /^(1|on|yes|true)$/i.test(said ?? ""),
  );

/** `HF_TOKEN`, else what `hf auth login` has written into `HF_TOKEN_PATH` or the folder of Hugging Face. */
export function hubToken(): string | undefined {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH } = process.env;
  const said = HF_TOKEN || HUGGING_FACE_HUB_TOKEN;
  if (said) return said.trim();
  try {
    return readFileSync(HF_TOKEN_PATH || join(hubHome(), "token"), "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
