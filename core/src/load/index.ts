/** Files to models: finds a model's files and opens them, with the weights left on disk. */
import { join } from "node:path";
import { type Conversion, convertGguf } from "./convert.ts";
import {
  type ModelFiles,
  openFolder,
  openWeights,
  readJson,
  type WeightsFor,
  weightFiles,
} from "./folder.ts";
import type { HubOptions } from "./hub.ts";
import { locateModel } from "./locate.ts";

import { packFolder } from "./pack/convert.ts";
import { openHalves, openPacked, PACKING } from "./pack/folder.ts";
import type { Precision } from "./pack/role.ts";
import type { Written } from "./pack/write.ts";

export type { ChatOptions, Message } from "./chat.ts";
export type { ModelFiles } from "./folder.ts";
export { type Location, locateModel } from "./locate.ts";
export type { Precision } from "./pack/role.ts";
export type { Progress } from "./progress.ts";
export { openSafetensors } from "./safetensors.ts";
export { writeSafetensors } from "./safetensors-write.ts";
export { type Ids, Tokenizer } from "./tokenizer.ts";

/**
 * Opens a model. Of the weights only names, shapes and places are read. A GGUF file is converted to float32 the first
 * time, into the cache folder, which takes some seconds and four bytes a weight.
 * @param id a folder or file path, or a name as on the Hugging Face hub
 * @throws ValueError when the model is not found or its files cannot be used; RuntimeError when the hub refuses, or the cache cannot be written
 */
export async function openModel(id: string, options: OpenOptions = {}): Promise<ModelFiles> {
  const { kind, path } = await locateModel(id, options);
  const { rolesOf, progress } = options;
  const precision = (rolesOf && options.precision) ?? "float32";
  const folder = kind === "gguf" ? await convertGguf(path, progress, { precision, rolesOf }) : path;
  const rounds = options.activations === "int8";
  const open: WeightsFor = async (folder, config) => {
    const written = (await readJson(join(folder, PACKING))) as Record<string, Written> | undefined;
    if (written) return openPacked(folder, written, rounds);
    if (precision === "float32" || !rolesOf) return openWeights(folder);
    const { paths } = await weightFiles(folder);
    const packing = { precision, roles: rolesOf(config) };
    const halves = precision === "float16" ? openHalves(paths, packing.roles) : undefined;
    return halves ?? open(await packFolder(folder, paths, packing, progress), config);
  };
  return { ...(await openFolder(folder, open)), path };
}

export interface OpenOptions extends HubOptions, Pick<Conversion, "rolesOf"> {
  /** What weights are kept in. Default float32. */
  readonly precision?: Precision | undefined;
  /** What they are multiplied with, where they are in blocks. Default float32. */
  readonly activations?: "float32" | "int8" | undefined;
}
