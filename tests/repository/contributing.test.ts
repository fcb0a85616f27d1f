// The pages of docs/contributing, followed literally in one copy of the repository: what each writes, then what each runs, and its cell.
import { execFile } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, files, root, textOf } from "./files.ts";

const packages = Object.fromEntries(
  (JSON.parse(textOf("package.json")) as { workspaces: string[] }).workspaces.map((folder) => [
    (JSON.parse(textOf(`${folder}/package.json`)) as { name: string }).name,
    folder,
  ]),
);

/** The repository with what is built of it, and its installed packages as links; our own lead into the copy. */
function copyRepository(): string {
  const built = Object.values(packages).flatMap((folder) => [`${folder}/dist`, `${folder}/lib`]);
  const copy = copyOf(built.filter((folder) => existsSync(path.join(root, folder))));
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
  /^```(?:ts (?<kind>file|append|in)=(?<place>\S+)(?: after="(?<after>[^"]*)")?|(?<then>sh|js))\n(?<text>[\s\S]*?)^```$/gm;

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
    expect(steps.map(({ kind }) => kind)).toContain("file");
    const [commands, cell, ...rest] = steps.slice(steps.findIndex(({ then }) => then));
    expect([commands?.then, rest]).toEqual(["sh", []]);
    for (const line of commands!.text!.split("\n").filter(Boolean)) await run(copy, line);
    if (!cell) return;
    expect(cell.then).toBe("js");
    const file = path.join(copy, "core", "cell.mjs");
    writeFileSync(file, `const display = (bundle) => console.log(Object.keys(bundle)[0]);\n${cell.text}`);
    const shown = await promisify(execFile)(process.execPath, [file]);
    expect(shown.stdout).toMatch(/^application\/vnd\.nnsight\.\w+\.v1\+json\n$/);
  },
  300_000,
);
