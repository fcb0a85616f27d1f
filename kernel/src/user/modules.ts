/** Imports of cells: found from the notebook's folder, except what the kernel brings itself. */
import { createRequire, registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";
import type { Project } from "nnsight-ts-compiler";
import { isOwn, registerEither } from "nnsight-ts-compiler/runtime";
import { isPinned, pinnedFrom, pinnedFromUrl, pinnedPackages } from "../packages.ts";
import type { Sources } from "./sources.ts";

/** Modules that exist only in cells, and where they are. */
const cellModules = new Map([["tslab", new URL("./tslab.js", import.meta.url).href]]);

/** Any import of a pinned package, from a cell, a local file or a dependency, leads to one copy. */
export function installPins(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const own = cellModules.get(specifier);
      if (own) return { url: own, shortCircuit: true };
      return isPinned(specifier)
        ? next(specifier, { ...context, parentURL: pinnedFromUrl })
        : next(specifier, context);
    },
  });
}

/** Files beside the notebook are compiled as cells are, so that operators and conditions mean the same in both. */
export function installProject(folder: string, sources: Sources): void {
  registerEither();
  let project: Project | undefined;
  registerHooks({
    load(url, context, next) {
      if (!isOwn(url)) return next(url, context);
      project ??= openProject(folder);
      const { js, map } = project.compile(fileURLToPath(url));
      sources.addFile(url, map);
      return { format: "module", source: js, shortCircuit: true };
    },
  });
}

/** TypeScript is loaded here only when a cell imports a local file: it takes more memory than all else beside a model. */
function openProject(folder: string): Project {
  const compiler = createRequire(import.meta.url)(
    "nnsight-ts-compiler",
  ) as typeof import("nnsight-ts-compiler");
  return new compiler.Project(folder, { pinned: { packages: pinnedPackages, containingFile: pinnedFrom } });
}

export type Importer = (specifier: unknown, options?: ImportCallOptions) => Promise<object>;

/** `import` as if it stood in a file of the folder. */
export function importerFrom(folder: string): Importer {
  const plain = new vm.Script("(specifier, options) => import(specifier, options)", {
    filename: join(folder, "__cell_import.mjs"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as (specifier: string, options?: ImportCallOptions) => Promise<object>;
  return async (specifier, options) => {
    const name = String(specifier);
    const target = /^\.\.?\//.test(name) ? pathToFileURL(resolve(folder, name)).href : name;
    return withCommonJsNames(await plain(target, options));
  };
}

/** What a CommonJS module exports is not always known before it runs: `default` holds all of it. */
function withCommonJsNames(module: object): object {
  const exported = (module as { readonly default?: unknown }).default;
  if (!("module.exports" in module) || !isObject(exported)) return module;
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
