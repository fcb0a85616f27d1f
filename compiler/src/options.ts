/** The compiler options of a cell. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ts } from "./typescript.ts";

const require = createRequire(import.meta.url);

/** Where the kernel's own `@types` packages are, so that `process` and `console` are known in any folder. */
const ownTypeRoot = dirname(dirname(require.resolve("@types/node/package.json")));

export const libraryFolder = dirname(require.resolve("typescript"));

/** `own` are the options of the notebook's tsconfig.json; those that cells depend on come after them. */
export function cellOptions(folder: string, own: ts.CompilerOptions = {}): ts.CompilerOptions {
  const typeRoots = own.typeRoots ?? [join(folder, "node_modules/@types")];
  return {
    strict: true,
    noImplicitAny: false,
    skipLibCheck: true,
    ...own,
    lib: [...new Set([...(own.lib ?? []), "lib.esnext.d.ts"])],
    customConditions: [...(own.customConditions ?? []), "node"],
    types: [...new Set([...(own.types ?? []), "node"])],
    typeRoots: [...typeRoots, ownTypeRoot],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowJs: true,
    allowImportingTsExtensions: true,
    allowUnusedLabels: true,
    esModuleInterop: true,
    preserveConstEnums: true,
    resolveJsonModule: true,
    sourceMap: true,
  };
}
