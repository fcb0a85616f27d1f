/** The compiler options of a cell. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ts } from "./typescript.ts";

const require = createRequire(import.meta.url);

/** Where the kernel's own `@types` packages are, so that `process` and `console` are known in any folder. */
const ownTypeRoot = dirname(dirname(require.resolve("@types/node/package.json")));

export const libraryFolder = dirname(require.resolve("typescript"));

export function cellOptions(folder: string): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ESNext,
    lib: ["lib.esnext.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ["node"],
    types: ["node"],
    typeRoots: [join(folder, "node_modules/@types"), ownTypeRoot],
    strict: true,
    noImplicitAny: false,
    allowJs: true,
    allowImportingTsExtensions: true,
    allowUnreachableCode: true,
    allowUnusedLabels: true,
    esModuleInterop: true,
    preserveConstEnums: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    sourceMap: true,
  };
}
