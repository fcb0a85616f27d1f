/** Fetches a model from the hub into Hugging Face's own cache, of which Python's tools read it, too. */
import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { isThere } from "./file-range.ts";
import { repositoryFolder } from "./hub-cache.ts";
import { downloadFile, type HubFile } from "./hub-file.ts";
import { hubToken, hubUrl } from "./hub-settings.ts";
import { withLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import { replaceFile } from "./replace-file.ts";

export interface HubOptions {
  /** A branch, a tag or a commit. Default `main`. */
  readonly revision?: string | undefined;
  /** For private and gated models. Default: `HF_TOKEN`, or what `hf auth login` has kept. */
  readonly token?: string | undefined;
  readonly progress?: Progress | undefined;
}

/** What is read of a repository besides its weights. */
const texts =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map)\.json$|^chat_template\./;

/**
 * The folder of the snapshot, with the files that loading needs. What is there already is not fetched again.
 * @throws ValueError when there is no such model or it has no weights that are read; RuntimeError when the hub refuses or is out of reach
 */
export async function fetchModel(id: string, options: HubOptions = {}): Promise<string> {
  const { revision = "main", token = hubToken(), progress } = options;
  const { commit, files } = await listed(id, revision, token);
  const wanted = wantedOf(id, files);
  const repository = repositoryFolder(id);
  const snapshot = join(repository, "snapshots", commit);
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of wanted) {
    const blob = join(repository, "blobs", file.etag);
    const lock = join(dirname(repository), ".locks", `nnsight-${file.etag}.lock`);
    await mkdir(dirname(blob), { recursive: true });
    await mkdir(dirname(lock), { recursive: true });
    const source = {
      url: `${hubUrl()}/${id}/resolve/${commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`,
      headers: token ? { authorization: `Bearer ${token}` } : {},
    };
    const tell = (done: number): void =>
      progress?.({ done: before + done, total, file: file.path, step: "download" });
    await withLock(
      lock,
      () => downloadFile(file, source, blob, tell),
      () => isThere(blob),
    );
    tell(file.size);
    before += file.size;
    await link(blob, join(snapshot, file.path));
  }
  const ref = join(repository, "refs", ...revision.split("/"));
  if (revision !== commit) {
    await mkdir(dirname(ref), { recursive: true });
    await replaceFile(ref, async (handle) => void (await handle.write(commit)));
  }
  return snapshot;
}

/** The commit of a revision, and the files at its top. */
async function listed(
  id: string,
  revision: string,
  token: string | undefined,
): Promise<{ commit: string; files: HubFile[] }> {
  // Loaded here because most models are in the cache already.
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const common = { hubUrl: hubUrl(), ...(token && { accessToken: token }) };
  try {
    const { sha } = await modelInfo({ name: id, revision, additionalFields: ["sha"], ...common });
    if (!/^[0-9a-f]{40}$/.test(sha)) throw new RuntimeError(`the hub names no commit for ${id}.`);
    const files: HubFile[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({
      repo: { type: "model", name: id },
      revision: sha,
      ...common,
    })) {
      const etag = lfs?.oid ?? oid;
      if (type === "file" && /^[0-9a-f]{40,64}$/.test(etag ?? "") && isPlainName(path))
        files.push({ path, size: lfs?.size ?? size, etag: etag!, isLarge: lfs !== undefined });
    }
    return { commit: sha, files };
  } catch (cause) {
    throw explained(cause, id, revision);
  }
}

const isPlainName = (path: string): boolean => /^[\w.-]+$/.test(path) && !/^\.+$/.test(path);

/** Config, tokenizer, and the weights in the first of the forms that are read. */
function wantedOf(id: string, files: readonly HubFile[]): HubFile[] {
  const named = (test: RegExp): HubFile[] => files.filter(({ path }) => test.test(path));
  const forms = [
    named(/^model\.safetensors$/),
    named(/^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/),
    files.filter(({ path }) => path.endsWith(".gguf")).slice(0, 1),
  ];
  const weights = forms.find((form) => form.length > 0);
  if (weights) return [...named(texts), ...weights];
  throw new ValueError(
    `${id} has no weights in a form that is read (model.safetensors, its parts, or a .gguf file). Choose another model, or convert it with Python's \`save_pretrained\`.`,
  );
}

/** A link as Python's tools make it, so that both share one cache. */
async function link(blob: string, at: string): Promise<void> {
  if (await isThere(at)) return;
  await mkdir(dirname(at), { recursive: true });
  await rm(at, { force: true });
  await symlink(relative(dirname(at), blob), at).catch(async (error) => {
    if (!(await isThere(at))) throw error;
  });
}

function explained(cause: unknown, id: string, revision: string): unknown {
  const status = (cause as { statusCode?: number }).statusCode;
  if (cause instanceof RuntimeError) return cause;
  if (status === 401 || status === 403)
    return new RuntimeError(
      `the hub does not give ${id} without permission (${status}): it is private or gated, or has another name. Accept its terms at ${hubUrl()}/${id}, and set HF_TOKEN or run \`hf auth login\`.`,
      { cause },
    );
  if (status === 404)
    return new ValueError(`the hub at ${hubUrl()} has no model '${id}' at '${revision}'. Check both names.`, {
      cause,
    });
  const { message, cause: inner } = cause as Error & { cause?: Error };
  return new RuntimeError(
    `the hub at ${hubUrl()} cannot be asked for ${id}: ${inner?.message || message}. Check the network, or set HF_HUB_OFFLINE=1 to use only what is here.`,
    { cause },
  );
}
