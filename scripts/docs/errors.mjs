// The pages of docs/errors: for each error code its class, what is written by hand about it, and every message of it.
//
//   npx node scripts/docs/errors.mjs             writes them; what stands above the messages is kept
//   npx node scripts/docs/errors.mjs --check     exits with 1 when one is stale, has nothing written, or belongs to no code
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { inRoot } from "../base/paths.mjs";
import { page } from "./page.mjs";

const folder = "docs/errors";
const textOf = (file) => readFileSync(inRoot(file), "utf8");

/** The classes in the order of the source, each with its code and what its comment says. */
const classes = [
  ...textOf("core/src/base/errors.ts").matchAll(
    /\/\*\* ([^*]+?) \*\/\nexport class (\w+) extends \w+ \{\n(?: {2}.*\n)*? {2}(?:override )?readonly code(?:: ErrorCode)? = "(\w+)"/g,
  ),
].map(([, comment, name, code]) => ({ comment, name, code }));

/** What the test of all mistakes has noted: the mistake and its message, by code. */
const snapshot = textOf("core/src/__snapshots__/errors.test.ts.snap");
const mistakes = [
  ...snapshot.matchAll(/^exports\[`(.+?) > (.+) 1`\] = `\n"\w+ \(([A-Z]+)\)\n([\s\S]+?)"\n`;$/gm),
].map(([, group, title, code, message]) => ({
  group,
  title: title.replaceAll("\\`", "`").replace(/^S\d+: /, ""),
  code,
  message: message.replaceAll("\\`", "`").replaceAll("\\\\", "\\"),
}));

const end = "<!-- What follows is made by scripts/docs/errors.mjs. -->";

/** What somebody has written between the head and the messages. */
function writtenOf(file) {
  const text = existsSync(inRoot(file)) ? textOf(file) : "";
  const [, written = ""] = text.split(end)[0].match(/\n## (?=Why)([\s\S]*)$/) ?? [];
  if (!written.trim()) {
    console.error(`${file} says neither why the error comes nor what to do: write its "## Why".`);
    process.exitCode = 1;
  }
  return written.trim();
}

const messagesOf = (code) =>
  mistakes
    .filter((mistake) => mistake.code === code)
    .map(({ group, title, message }) => `### ${title}\n\n*${group}*\n\n\`\`\`text\n${message}\n\`\`\`\n`);

for (const { comment, name, code } of classes) {
  const file = `${folder}/${code}.md`;
  const messages = messagesOf(code);
  const made = messages.length
    ? `## Messages\n\nEach as the tests provoke it.\n\n${messages.join("\n")}`
    : "No message has this code alone.\n";
  page(file, `# ${code}: ${name}\n\n${comment}\n\n## ${writtenOf(file)}\n\n${end}\n\n${made}`);
}

const rows = classes.map(
  ({ comment, name, code }) =>
    `| [${code}](${code}.md) | \`${name}\` | ${comment} | ${messagesOf(code).length} |`,
);
page(
  `${folder}/README.md`,
  `# Errors

Every error of the library is a \`NNsightError\`. Its class says what kind of mistake it is, its \`code\` stays the same from version to version, and its message names your line and the way out. One \`catch\` tells them from the rest:

\`\`\`ts
import { NNsight, NNsightError, nn, ops } from "nnsight-ts";

const model = new NNsight(new nn.Linear(5, 10));
try {
  await model.trace(ops.ones(1, 5), () => model.output[0][12]);
} catch (error) {
  if (!(error instanceof NNsightError)) throw error;
  console.log(error.code); // → INDEX
}
\`\`\`

An error of your own code, thrown in a callback or in a function given to \`apply\`, stays yours: same object, same class. Stacks begin at your line; \`CONFIG.APP.DEBUG = true\` shows the library's frames as well.

| code | class | what it says | messages |
| --- | --- | --- | --- |
${rows.join("\n")}
`,
);

const known = new Set([...classes.map(({ code }) => `${code}.md`), "README.md"]);
for (const file of readdirSync(inRoot(folder)).filter((file) => !known.has(file))) {
  console.error(`${folder}/${file} is the page of no error code.`);
  process.exitCode = 1;
}
