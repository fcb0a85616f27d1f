/** Files to models: finds a model's files and opens them, with the weights left on disk. */
import { convertGguf } from "./convert.ts";
import { type ModelFiles, openFolder } from "./folder.ts";
import type { HubOptions } from "./hub.ts";
import { locateModel } from "./locate.ts";

export type { ChatOptions, Message } from "./chat.ts";
export type { ModelFiles } from "./folder.ts";
export { type Location, locateModel } from "./locate.ts";
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
export async function openModel(id: string, options: HubOptions = {}): Promise<ModelFiles> {
  const { kind, path } = await locateModel(id, options);
  const folder = kind === "gguf" ? await convertGguf(path, options.progress) : path;
  return { ...(await openFolder(folder)), path };
}
