// docs/conformance.md, from the rows and from the titles of the tests that name them.
//
//   node scripts/conformance.mjs             writes it
//   node scripts/conformance.mjs --check     exits with 1 when it is stale, or when a row has neither a test nor a reason
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { inRoot } from "./base/paths.mjs";
import { documents, tests } from "./conformance/rows.mjs";
import { testsByRow } from "./conformance/titles.mjs";

const found = testsByRow();
const rows = { ...documents, ...tests };

const problems = [
  ...Object.entries(rows)
    .filter(([row, [, { waits } = {}]]) => !found.has(row) && !waits)
    .map(([row]) => `${row} has neither a test whose title begins with it nor a reason.`),
  ...[...found.keys()].filter((row) => !(row in rows)).map((row) => `A test names ${row}, which is no row.`),
];

const isRemote = ({ file }) => file.startsWith("service/");

/** With a column of their own for tests that run the row on a service. */
function line([row, [checks, { differs, waits } = {}]]) {
  const all = found.get(row) ?? [];
  const named = all.filter((one) => !isRemote(one));
  const far = [...new Set(all.filter(isRemote).map(({ text, file }) => `[${text}](../${file})`))];
  const covered = [...new Set(named.map(({ file }) => file))].map((file) => {
    const titles = new Set(named.filter((one) => one.file === file).map(({ text }) => text));
    return `[${file.split("/").slice(-2).join("/")}](../${file}): ${[...titles].join("; ")}`;
  });
  const notes = [differs, waits && `*Waits for* ${waits}.`].filter(Boolean);
  return `| ${row} | ${checks} | ${covered.join("<br>") || "–"} | ${far.join("<br>")} | ${notes.join(" ")} |`;
}

const table = (part) =>
  [
    "| row | what it checks | tests | with `remote: true` | where we differ, what waits |",
    "|---|---|---|---|---|",
    ...Object.entries(part).map(line),
  ].join("\n");

const all = Object.keys(rows).length;
const covered = Object.keys(rows).filter((row) => found.has(row)).length;

const page = `# Conformance

What the two documents of NNsight show (S…), and what NNsight's own tests of versions 0.3.7 and 0.4.11 check (3-…, 4-…), row by row, with the tests of this repository that cover it. ${covered} of ${all} rows have tests; the others say what they wait for. Made by \`node scripts/conformance.mjs\` from [the rows](../scripts/conformance/rows.mjs) and the titles of the tests; a test of the repository fails when it is stale.

Each example of the documents is tested as a callback and as a block; with operators and native \`for\` and \`if\` in a notebook's cell and in a script; and stands in [notebook 02](../notebooks/02-the-nnsight-guide.ipynb), which is run with its values compared, as is [its script](../notebooks/02-the-nnsight-guide.ts). Expected numbers come from PyTorch ([goldens](../core/goldens/README.md)) or from calling the same layers plainly.

## The two documents

${table(documents)}

## NNsight's own tests

${table(tests)}

## Where programs mean something else, on purpose

- **Order.** Between modules the order of the run decides, as in 0.3 (0.4 takes the order of writing). What 0.4 does silently wrong, a value of a later module written into an earlier one, is an error that names both.
- **Handles.** A handle is a variable: writing through it changes the module and this handle, and other handles that were read before keep what they had. torch's aliasing between separate reads is not reproduced.
- **Batches.** A value is narrowed to an invoke's rows along the axis that is the batch, known by name. NNsight narrows whatever has as many rows as the batch, by chance or not.
- **Weights** are read-only in a trace.
- **Lazy values** used as a boolean, a number, an index or a list are errors with the line, unless compiled code can record the use.
`;

const file = inRoot("docs/conformance.md");
if (!process.argv.includes("--check")) writeFileSync(file, page);
else if (!existsSync(file) || readFileSync(file, "utf8") !== page)
  problems.push("docs/conformance.md is stale: run `node scripts/conformance.mjs`.");

for (const problem of problems) console.error(problem);
process.exitCode = problems.length ? 1 : 0;
