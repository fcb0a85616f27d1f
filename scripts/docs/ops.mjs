// docs/ops.md: every op of the table with its types and comment as the compiler sees them, and its example, run now.
//
//   npx node scripts/docs/ops.mjs             writes it (after a build)
//   npx node scripts/docs/ops.mjs --check     exits with 1 when it is stale, or when an op has no comment or no example
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { inRoot } from "../base/paths.mjs";
import { page } from "./page.mjs";

const { manualSeed, ops, tensor } = await import(inRoot("core/dist/index.js"));

const entry = inRoot("core/dist/index.d.ts");
const program = ts.createProgram([entry], {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2024,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
  strict: true,
  skipLibCheck: true,
});
const checker = program.getTypeChecker();
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));
// `grad` goes back through a trace, and `isTraced` is a mark for the compiler: they are no ops of the table.
const functions = checker
  .getTypeOfSymbol(exported.find(({ name }) => name === "ops"))
  .getProperties()
  .filter(({ name }) => name !== "grad" && name !== "isTraced");

const problems = [];
/** `export { variance as var }` has its comment where the name it stands for is declared. */
const commented = (symbol) =>
  ts.isExportSpecifier(symbol.declarations[0])
    ? checker.getExportSpecifierLocalTargetSymbol(symbol.declarations[0])
    : symbol;
const text = (parts) =>
  ts
    .displayPartsToString(parts)
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();

function signatureOf(symbol) {
  const [first] = checker.getTypeOfSymbol(symbol).getCallSignatures();
  const flags = ts.TypeFormatFlags.NoTruncation;
  return (
    symbol.name +
    checker
      .signatureToString(first, undefined, flags)
      .replaceAll(" | undefined", "")
      .replaceAll("readonly ", "")
  );
}

const shown = (value) => {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
};

/** The example as it is in the comment, and what it gives now: random ones from a seed of their own. */
function exampleOf(symbol) {
  const tag = commented(symbol)
    .getJsDocTags(checker)
    .find(({ name }) => name === "example");
  if (!tag) {
    problems.push(`${symbol.name} has no @example.`);
    return "";
  }
  const code = text(tag.text).split(" // ")[0];
  manualSeed(423);
  const result = shown(new Function("tensor", "ops", `return ${code}`)(tensor, ops));
  return `${code}\n${result.replaceAll(/^/gm, "// ")}`;
}

function entryOf(symbol) {
  const tags = commented(symbol).getJsDocTags(checker);
  const comment = text(commented(symbol).getDocumentationComment(checker));
  if (!comment) problems.push(`${symbol.name} has no comment.`);
  const params = tags
    .filter(({ name }) => name === "param")
    .map((tag) => text(tag.text).replace(/^(\S+) (.*)$/, "- `$1`: $2"));
  const torch = tags.find(({ name }) => name === "see");
  return [
    `### ${symbol.name}`,
    `\`${signatureOf(symbol)}\``,
    `${comment}${torch ? ` As \`${text(torch.text).replace(". ", ".")}\`.` : ""}`,
    params.join("\n"),
    `\`\`\`js\n${exampleOf(symbol)}\n\`\`\``,
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** The file of the table that an op stands in, in the order of the families. */
const families = [
  ...readFileSync(inRoot("core/src/ops/families.ts"), "utf8").matchAll(/"\.\/(.+)\.ts"/g),
].map(([, name]) => name);
const familyOf = (symbol) => path.basename(symbol.declarations[0].getSourceFile().fileName, ".d.ts");
const byFamily = Map.groupBy(functions, familyOf);

function sectionOf(family) {
  const [, comment] = /^\/\*\*\s*([\s\S]*?)\s*\*\//.exec(
    readFileSync(inRoot(`core/src/ops/${family}.ts`), "utf8"),
  );
  const about = comment.replaceAll(/\s*\n\s*\*?\s*/g, " ");
  const entries = byFamily.get(family).toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  return `## [${family}.ts](../core/src/ops/${family}.ts)\n\n${about}\n\n${entries.map(entryOf).join("\n\n")}`;
}

const sections = families.filter((family) => byFamily.has(family)).map(sectionOf);
const index = functions
  .map(({ name }) => name)
  .toSorted((a, b) => a.localeCompare(b, "en"))
  .map((name) => `[${name}](#${name.toLowerCase()})`)
  .join(" · ");

page(
  "docs/ops.md",
  `# Ops

The ${functions.length} functions of \`ops\`, which work alike on concrete tensors and, recorded, on lazy ones. Those whose first argument is a tensor are methods, too: \`x.softmax(-1)\` is \`ops.softmax(x, -1)\`. Names, the order of arguments, dtypes and results are torch's, words of two parts in camelCase; the tests compare with PyTorch. Made by \`npx node scripts/docs/ops.mjs\` from [the table](../core/src/ops); each example was run for this page.

${index}

${sections.join("\n\n")}
`,
);

for (const problem of problems) console.error(problem);
if (problems.length) process.exitCode = 1;
