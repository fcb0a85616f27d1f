// Counts what VS Code's own TypeScript server would underline in a notebook: each cell is a file of one project without tsconfig.json.
//
// Usage: node scripts/vscode-underlines.mjs NOTEBOOK
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const notebook = path.resolve(process.argv[2]);
const folder = path.dirname(notebook);

const cells = JSON.parse(readFileSync(notebook, "utf8"))
  .cells.filter((cell) => cell.cell_type === "code")
  .map((cell) => [cell.source].flat().join(""));
const files = new Map(cells.map((code, i) => [path.join(folder, `cell${i}.ts`), code]));
const textOf = (file) => files.get(file) ?? ts.sys.readFile(file);

/** What VS Code gives to a project of its own making. */
const options = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: false,
  strictNullChecks: true,
  strictFunctionTypes: true,
  allowJs: true,
  allowImportingTsExtensions: true,
  allowSyntheticDefaultImports: true,
  resolveJsonModule: true,
  noEmit: true,
};

const service = ts.createLanguageService({
  ...ts.sys,
  useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
  getCompilationSettings: () => options,
  getCurrentDirectory: () => folder,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getScriptFileNames: () => [...files.keys()],
  getScriptVersion: () => "0",
  getScriptSnapshot(file) {
    const text = textOf(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  fileExists: (file) => files.has(file) || ts.sys.fileExists(file),
  readFile: textOf,
});

const found = [...files.keys()].map((file) => [
  ...service.getSyntacticDiagnostics(file),
  ...service.getSemanticDiagnostics(file),
]);
console.log(`${found.filter((list) => list.length > 0).length} of ${cells.length} cells have an underline`);
const byCode = Object.entries(Object.groupBy(found.flat(), ({ code }) => code));
for (const [code, list] of byCode.sort((a, b) => b[1].length - a[1].length))
  console.log(
    `${String(list.length).padStart(4)} TS${code} ${ts.flattenDiagnosticMessageText(list[0].messageText, " ")}`,
  );
