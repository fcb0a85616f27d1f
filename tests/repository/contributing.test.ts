// The pages of docs/contributing, followed literally in a copy of the repository: files written, lines put in, commands run.
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
import { expect, test } from "vitest";
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

/** What a page says to do, done in the copy. */
interface Step {
  readonly text: string;
  readonly place: string;
  readonly after: string;
}

const steps: Readonly<Record<string, (copy: string, step: Step) => unknown>> = {
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
  async sh(copy, { text }) {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: `${path.join(copy, "node_modules/.bin")}${path.delimiter}${process.env.PATH}`,
    };
    for (const name of Object.keys(env)) if (/^(VITEST|NODE_ENV|npm_)/.test(name)) delete env[name];
    await promisify(execFile)("bash", ["-euc", text], { cwd: copy, env });
  },
};

const fence =
  /^```(?:ts (?<kind>file|append|in)=(?<place>\S+)(?: after="(?<after>[^"]*)")?|(?<sh>sh))\n(?<text>[\s\S]*?)^```$/gm;

test.concurrent.each(files.filter((file) => /^docs\/contributing\/(?!README)/.test(file)))(
  "%s",
  async (page) => {
    const copy = copyRepository();
    try {
      const found = [...textOf(page).matchAll(fence)].map(({ groups }) => groups!);
      expect(found.map(({ sh, kind }) => sh ?? kind)).toContain("file");
      for (const { sh, kind, text = "", place = "", after = "" } of found)
        await steps[sh ?? kind!]!(copy, { text, place, after });
      expect(found.at(-1)!.sh).toBe("sh");
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  },
  300_000,
);
