/** What a notebook's cells take over from the tsconfig.json of its folder. */
import { join } from "node:path";
import { ts } from "./typescript.ts";

/** Whether type errors stop a cell, are shown beside its result, or are not looked for. */
export type TypeCheck = "error" | "warning" | "off";

export interface Tsconfig {
  readonly options: ts.CompilerOptions;
  /** `"nnsight": { "types": "warning" }` beside `compilerOptions`. */
  readonly types: TypeCheck | undefined;
  /** What is wrong with the file, in sentences. */
  readonly problems: readonly string[];
  /** The files that it was read from, with those that it extends. */
  readonly files: readonly string[];
}

/** What the kernel decides itself: how cells are emitted, and options that only make sense for whole programs. */
const keptOptions = new Set(
  [
    "target module moduleResolution moduleDetection jsx outDir outFile rootDir rootDirs declaration declarationMap",
    "declarationDir emitDeclarationOnly sourceMap inlineSourceMap inlineSources mapRoot sourceRoot removeComments",
    "noEmit noEmitOnError noEmitHelpers importHelpers composite incremental tsBuildInfoFile isolatedModules",
    "isolatedDeclarations verbatimModuleSyntax erasableSyntaxOnly allowImportingTsExtensions",
    "rewriteRelativeImportExtensions noUnusedLocals noUnusedParameters allowUnreachableCode allowUnusedLabels",
    "esModuleInterop allowSyntheticDefaultImports preserveConstEnums allowJs resolveJsonModule noCheck noLib",
    "stripInternal preserveSymlinks configFilePath",
  ].flatMap((line) => line.split(" ")),
);

export function isTypeCheck(word: unknown): word is TypeCheck {
  return word === "error" || word === "warning" || word === "off";
}

export function readTsconfig(folder: string): Tsconfig {
  const file = join(folder, "tsconfig.json");
  const files = [file];
  const text = ts.sys.readFile(file);
  if (text === undefined) return { options: {}, types: undefined, problems: [], files };
  const parsed = ts.parseConfigFileTextToJson(file, text);
  const host: ts.ParseConfigHost = {
    useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    fileExists: ts.sys.fileExists,
    // The files of the program are the notebook's cells, so none are looked for.
    readDirectory: () => [],
    readFile(name) {
      files.push(name);
      return ts.sys.readFile(name);
    },
  };
  const config: unknown = parsed.config ?? {};
  const read = ts.parseJsonConfigFileContent(config, host, folder, undefined, file);
  const errors = [...(parsed.error ? [parsed.error] : []), ...read.errors];
  const problems = errors
    .filter(({ code }) => code !== noInputs)
    .map(({ messageText }) => `tsconfig.json: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  const types = (config as { readonly nnsight?: { readonly types?: unknown } }).nnsight?.types;
  if (types !== undefined && !isTypeCheck(types))
    problems.push(
      `tsconfig.json: "nnsight.types" is "error", "warning" or "off", not ${JSON.stringify(types)}.`,
    );
  const options = Object.fromEntries(Object.entries(read.options).filter(([name]) => !keptOptions.has(name)));
  return { options, types: isTypeCheck(types) ? types : undefined, problems, files };
}

/** No files were found: none were looked for. */
const noInputs = 18003;
