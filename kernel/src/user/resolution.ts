/** Where imports lead: the kernel's own modules, one copy of pinned packages, and local files as TypeScript finds them. */
import { statSync } from "node:fs";
import { createRequire, type ResolveFnOutput, type ResolveHookContext, registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Project } from "nnsight-ts-compiler";
import { isOwn, registerEither } from "nnsight-ts-compiler/runtime";
import { isPinned, pinnedFrom, pinnedFromUrl, pinnedPackages } from "../packages.ts";
import { importFile, isLocal, type LocalFiles, plainUrl } from "./localFiles.ts";
import type { Sources } from "./sources.ts";

/** Modules that exist only in cells, and where they are. */
const cellModules = new Map([["tslab", new URL("./tslab.js", import.meta.url).href]]);

/** Files beside the notebook are compiled as cells are, so that operators and conditions mean the same in both. */
export function installResolution(folder: string, sources: Sources, files: LocalFiles): { refresh(): void } {
  registerEither();
  let project: Project | undefined;
  registerHooks({
    resolve(specifier, context, next) {
      const own = cellModules.get(specifier);
      if (own) return { url: own, shortCircuit: true };
      if (isPinned(specifier)) return next(specifier, { ...context, parentURL: pinnedFromUrl });
      if (!isLocal(context.parentURL) || !isImport(context)) return next(specifier, context);
      const found = seenFrom(folder, () => resolved(specifier, context, next));
      if (!isLocal(found.url)) return found;
      const url = files.address(found.url, context.parentURL);
      // The ending says it already.
      const isJson = found.url.endsWith(".json");
      return isJson ? { ...found, url, importAttributes: { type: "json" } } : { ...found, url };
    },
    load(url, context, next) {
      if (!isOwn(url)) return next(url, context);
      project ??= openProject(folder);
      const { js, map } = seenFrom(folder, () => project!.compile(fileURLToPath(plainUrl(url))));
      sources.addFile(url, map);
      return { format: "module", source: js, shortCircuit: true };
    },
  });
  return { refresh: () => project?.refresh() };
}

/** Errors name files as the notebook does, not where the folder is on this machine. */
function seenFrom<T>(folder: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(`${folder}/`, "./");
    throw error;
  }
}

/** What Node's rules for modules do not find, such as `lodash/chunk`, may be found by those for CommonJS. */
function resolved(
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context: ResolveHookContext) => ResolveFnOutput,
): ResolveFnOutput {
  const { parentURL } = context;
  try {
    return next(asFile(specifier, parentURL), context);
  } catch (error) {
    if (error instanceof Error)
      error.message = error.message.replace(` imported from ${cellsFile(parentURL)}`, "");
    try {
      return next(pathToFileURL(createRequire(parentURL!).resolve(specifier)).href, context);
    } catch {
      throw error;
    }
  }
}

/** That cells import through a file of the kernel's is not told. */
function cellsFile(parent: string | undefined): string {
  return parent?.endsWith(`/${importFile}`) ? fileURLToPath(parent) : "";
}

const isImport = ({ conditions }: ResolveHookContext): boolean => conditions.includes("import");

/** TypeScript is loaded here only when a cell imports a local file: it takes more memory than all else beside a model. */
function openProject(folder: string): Project {
  const compiler = createRequire(import.meta.url)(
    "nnsight-ts-compiler",
  ) as typeof import("nnsight-ts-compiler");
  return new compiler.Project(folder, { pinned: { packages: pinnedPackages, containingFile: pinnedFrom } });
}

const endings = [".ts", ".mts", ".js", ".mjs", ".json", "/index.ts", "/index.mts", "/index.js", "/index.mjs"];

/** `./lib` and `./lib.js` find `./lib.ts`, as they do for TypeScript. */
function asFile(specifier: string, parent: string | undefined): string {
  if (!/^(\.\.?\/|file:)/.test(specifier)) return specifier;
  const url = new URL(specifier, parent).href;
  const written = url.replace(/\.(m?)js$/, ".$1ts");
  const candidates = [url, ...(written === url ? [] : [written]), ...endings.map((ending) => url + ending)];
  return candidates.find(isFile) ?? specifier;
}

function isFile(url: string): boolean {
  return statSync(fileURLToPath(url), { throwIfNoEntry: false })?.isFile() ?? false;
}
