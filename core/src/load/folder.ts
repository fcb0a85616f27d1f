/** Opens a model folder of Hugging Face's kind: config, weights that stay in their files, tokenizer. */
import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { ValueError } from "../base/errors.ts";
import type { Host } from "../tensor/host.ts";
import { readTextIfThere } from "./file-range.ts";
import { openSafetensors } from "./safetensors.ts";
import { Tokenizer } from "./tokenizer.ts";

export interface ModelFiles {
  /** The content of config.json, with Hugging Face's keys. */
  readonly config: Readonly<Record<string, unknown>>;
  /** By Hugging Face's names, row-major. With `tie_word_embeddings` there is no `lm_head.weight`. */
  readonly weights: ReadonlyMap<string, Host>;
  /** Nothing when the model has none, or one of a kind that is not read. */
  readonly tokenizer: Tokenizer | undefined;
  /** The file or folder that the model was found in. */
  readonly path: string;
}

/** @throws ValueError when a file that is needed is missing or broken */
export async function openFolder(
  folder: string,
  weightsFor: WeightsFor = (folder) => openWeights(folder),
): Promise<Omit<ModelFiles, "path">> {
  const config = await readJson(join(folder, "config.json"));
  if (!config) throw new ValueError(`${folder} has no config.json. Fetch the whole model again.`);
  const tokenizer = await readJson(join(folder, "tokenizer.json"));
  const template = await readTextIfThere(join(folder, "chat_template.jinja"));
  const tokenizerConfig = {
    ...(await readJson(join(folder, "tokenizer_config.json"))),
    ...(template !== undefined && { chat_template: template }),
  };
  return {
    config: Object.freeze(config),
    weights: await weightsFor(folder, config),
    tokenizer: tokenizer && new Tokenizer(tokenizer, tokenizerConfig),
  };
}

/** Opens the weights of a folder, whose config is known. */
export type WeightsFor = (
  folder: string,
  config: Readonly<Record<string, unknown>>,
) => Promise<ReadonlyMap<string, Host>>;

/** Weights that stay in their files. @throws ValueError for those that the index names and the files lack */
export async function openWeights(folder: string): Promise<ReadonlyMap<string, Host>> {
  const { paths, names } = await weightFiles(folder);
  const weights = openSafetensors(...paths);
  const missing = names.filter((name) => !weights.has(name));
  if (missing.length) {
    throw new ValueError(
      `${folder} lacks ${missing.length} weights, such as '${missing[0]}'. Fetch the whole model again.`,
    );
  }
  return weights;
}

/** The files of weights, and the names that an index says are in them. */
export async function weightFiles(
  folder: string,
): Promise<{ readonly paths: readonly string[]; readonly names: readonly string[] }> {
  const index = (await readJson(join(folder, "model.safetensors.index.json")))?.weight_map as
    | Readonly<Record<string, string>>
    | undefined;
  if (!index) return { paths: [join(await realpath(folder), "model.safetensors")], names: [] };
  const names = [...new Set(Object.values(index))];
  const outside = names.find((name) => typeof name !== "string" || basename(name) !== name);
  if (outside !== undefined)
    throw new ValueError(
      `the index in ${folder} names '${outside}', which is no file in it. Fetch it again.`,
    );
  return { paths: names.map((name) => join(folder, name)), names: Object.keys(index) };
}

export async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw new ValueError(`${path} is not JSON: ${(cause as Error).message}. Fetch it again.`, { cause });
  }
  if (typeof read === "object" && read !== null && !Array.isArray(read))
    return read as Record<string, unknown>;
  throw new ValueError(`${path} is no JSON object. Fetch it again.`);
}
