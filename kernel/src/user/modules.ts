/** `import` in cells: as if it stood in a file of the notebook's folder, and renewed when a local file has changed. */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { importFile, LocalFiles } from "./localFiles.ts";
import { installResolution } from "./resolution.ts";
import type { Sources } from "./sources.ts";

/** The names that an import statement gives, and what the module calls them; `*` is all of it. */
type ImportedNames = Readonly<Record<string, string>>;

interface Import {
  readonly specifier: string;
  readonly options: ImportCallOptions | undefined;
  readonly names: ImportedNames;
  module: Module;
}

type Module = Readonly<Record<string, unknown>>;

export class Imports {
  readonly #files = new LocalFiles();
  readonly #project: { refresh(): void };
  readonly #plain: (specifier: string, options?: ImportCallOptions) => Promise<Module>;
  /** Imports of local files, by their specifiers and names. */
  readonly #local = new Map<string, Import>();

  constructor(
    private readonly folder: string,
    sources: Sources,
  ) {
    this.#project = installResolution(folder, sources, this.#files);
    this.#plain = new vm.Script("(specifier, options) => import(specifier, options)", {
      filename: join(folder, importFile),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext();
  }

  readonly import = async (
    given: unknown,
    options?: ImportCallOptions,
    names: ImportedNames = {},
  ): Promise<Module> => {
    const specifier = String(given);
    const module = await this.#load(specifier, options);
    if (isFileSpecifier(specifier))
      this.#local.set(JSON.stringify([specifier, names]), { specifier, options, names, module });
    return module;
  };

  /** Local files that have changed are loaded anew, and the names that cells have taken from them follow. */
  async renew(scope: Record<string, unknown>): Promise<void> {
    if (!this.#files.haveChanged()) return;
    this.#project.refresh();
    for (const one of this.#local.values()) await this.#renew(one, scope);
  }

  async #renew(one: Import, scope: Record<string, unknown>): Promise<void> {
    const { specifier, options, names } = one;
    try {
      const module = await this.#load(specifier, options);
      for (const [local, name] of Object.entries(names)) {
        const [before, now] = [one.module, module].map((from) => (name === "*" ? from : from[name]));
        // A later cell may have given the name to something else.
        if (Object.is(scope[local], before)) scope[local] = now;
      }
      one.module = module;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(
        `'${specifier}' has changed and cannot be loaded; what was imported before stays. ${reason}`,
      );
    }
  }

  async #load(specifier: string, options?: ImportCallOptions): Promise<Module> {
    const isRelative = /^\.\.?\//.test(specifier);
    const target = isRelative ? pathToFileURL(resolve(this.folder, specifier)).href : specifier;
    return withAllNames(await this.#plain(target, options), target.endsWith(".json"));
  }
}

const isFileSpecifier = (specifier: string): boolean => /^(\.\.?\/|\/|file:)/.test(specifier);

/** What a CommonJS module or a JSON file exports is not always known before it runs: `default` holds all of it. */
function withAllNames(module: Module, isJson: boolean): Module {
  const exported = module.default;
  if (!(isJson || "module.exports" in module) || !isObject(exported)) return module;
  const missing = Object.keys(exported).filter((name) => !(name in module));
  if (missing.length === 0) return module;
  const merged = Object.create(null) as Record<string, unknown>;
  for (const name of missing) merged[name] = (exported as Record<string, unknown>)[name];
  return Object.assign(merged, module);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** What `import.meta` says in a cell. */
export function metaOf(folder: string): object {
  const filename = join(folder, "notebook.ts");
  const require = createRequire(filename);
  const url = pathToFileURL(filename).href;
  const find = (specifier: string) => {
    const found = require.resolve(specifier);
    return found.startsWith("node:") ? found : pathToFileURL(found).href;
  };
  return { url, filename, dirname: folder, resolve: find };
}
