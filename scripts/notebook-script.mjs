// Makes a script of a notebook, to be run by `node --import nnsight-ts/register`.
//
//   node scripts/notebook-script.mjs                 writes notebooks/<name>.ts for each notebook below
//   node scripts/notebook-script.mjs --check         says which of them are stale, and exits with 1
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inRoot } from "./base/paths.mjs";

const notebooks = ["02-the-nnsight-guide"];

/** A value that stands at the end of a cell to be shown is of no use in a script. */
const shown = /\n[\w.]+$/;

function scriptOf(name) {
  const { cells } = JSON.parse(readFileSync(inRoot(`notebooks/${name}.ipynb`), "utf8"));
  const parts = cells.map(({ cell_type, source }) => {
    const text = [source].flat().join("");
    if (cell_type === "markdown")
      return text
        .split("\n")
        .filter((line) => line.startsWith("#"))
        .map((line) => `// ${line}`)
        .join("\n");
    if (/^(await )?using /m.test(text))
      throw new Error(
        `A cell of ${name} has a context that ends with the cell; in a script give it a block.`,
      );
    return text.replace(shown, "");
  });
  const head = `// Made from ${name}.ipynb by scripts/notebook-script.mjs. Run: node --import nnsight-ts/register ${name}.ts`;
  return `${[head, ...parts.filter(Boolean)].join("\n\n")}\n`;
}

const stale = [];
for (const name of notebooks) {
  const file = inRoot(`notebooks/${name}.ts`);
  const made = scriptOf(name);
  if (existsSync(file) && readFileSync(file, "utf8") === made) continue;
  if (process.argv.includes("--check")) stale.push(path.basename(file));
  else writeFileSync(file, made);
}
if (stale.length) {
  console.error(`Stale: ${stale.join(", ")}. Run \`node scripts/notebook-script.mjs\`.`);
  process.exitCode = 1;
}
