// The pages of docs/contributing, followed literally in one copy of the repository: what each writes, then what each runs.
import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { files, root, textOf } from "./files.ts";

const packages = Object.fromEntries(
  (JSON.parse(textOf("package.json")) as { workspaces: string[] }).workspaces.map((folder) => [
    (JSON.parse(textOf(`${folder}/package.json`)) as { name: string }).name,
    folder,
  ]),
);

/** The repository with what is built of it, and its installed packages as links; our own lead into the copy. */
function copyRepository(): string {
  const copy = mkdtempSync(path.join(tmpdir(), "nnsight-contributing-"));
  const built = Object.values(packages)
    .flatMap((folder) => [`${folder}/dist`, `${folder}/lib`])
    .filter((folder) => existsSync(path.join(root, folder)));
  for (const file of [...files.filter((one) => !one.startsWith(".")), ".dependency-cruiser.cjs", ...built])
    cpSync(path.join(root, file), path.join(copy, file), {
      recursive: true,
      preserveTimestamps: true,
      force: true,
      filter: (from) => !from.includes("node_modules"),
    });
  mkdirSync(path.join(copy, "node_modules"));
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    const target = packages[name] ? path.join(copy, packages[name]) : path.join(root, "node_modules", name);
    symlinkSync(target, path.join(copy, "node_modules", name));
  }
  return copy;
}

/** What a page says to write. */
interface Writing {
  readonly text: string;
  readonly place: string;
  readonly after: string;
}

const writings: Readonly<Record<string, (copy: string, writing: Writing) => void>> = {
  file(copy, { text, place }) {
    mkdirSync(path.dirname(path.join(copy, place)), { recursive: true });
    writeFileSync(path.join(copy, place), text);
  },
  append: (copy, { text, place }) => appendFileSync(path.join(copy, place), text),
  in(copy, { text, place, after }) {
    const [before, rest, more] = readFileSync(path.join(copy, place), "utf8").split(`${after}\n`);
    expect([place, after, rest !== undefined, more]).toEqual([place, after, true, undefined]);
    writeFileSync(path.join(copy, place), `${before}${after}\n${text}${rest}`);
  },
};

let building: Promise<unknown> = Promise.resolve();

/** Runs a command. Builds wait for each other, as all pages are followed in one copy: the first builds for all. */
async function run(copy: string, line: string): Promise<void> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${path.join(copy, "node_modules/.bin")}${path.delimiter}${process.env.PATH}`,
  };
  for (const name of Object.keys(env)) if (/^(VITEST|NODE_ENV|npm_)/.test(name)) delete env[name];
  const start = () => promisify(execFile)("bash", ["-euc", line], { cwd: copy, env });
  if (!line.startsWith("npx tsc")) return void (await start());
  const built = building.then(start);
  building = built.catch(() => undefined);
  await built;
}

const fence =
  /^```(?:ts (?<kind>file|append|in)=(?<place>\S+)(?: after="(?<after>[^"]*)")?|(?<sh>sh))\n(?<text>[\s\S]*?)^```$/gm;

const pages = files
  .filter((file) => /^docs\/contributing\/(?!README)/.test(file))
  .map((page) => ({ page, steps: [...textOf(page).matchAll(fence)].map(({ groups }) => groups!) }));

let copy: string;
beforeAll(() => {
  copy = copyRepository();
  for (const { steps } of pages)
    for (const { kind, text = "", place = "", after = "" } of steps)
      if (kind) writings[kind]!(copy, { text, place, after });
}, 300_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test.concurrent.each(pages)(
  "$page",
  async ({ steps }) => {
    expect(steps.map(({ sh, kind }) => sh ?? kind)).toContain("file");
    const commands = steps.findIndex(({ sh }) => sh);
    expect(steps.slice(commands).map(({ sh }) => sh)).toEqual(["sh"]);
    for (const line of steps[commands]!.text!.split("\n").filter(Boolean)) await run(copy, line);
  },
  300_000,
);
