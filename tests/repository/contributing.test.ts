// The pages of docs/contributing, followed literally in a copy of the repository: files written, lines put in, commands run.
import { execFileSync } from "node:child_process";
import {
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
import { afterEach, expect, test } from "vitest";
import { files, root, textOf } from "./files.ts";

const packages = Object.fromEntries(
  (JSON.parse(textOf("package.json")) as { workspaces: string[] }).workspaces.map((folder) => [
    (JSON.parse(textOf(`${folder}/package.json`)) as { name: string }).name,
    folder,
  ]),
);

let copy = "";
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** The repository with what is built of it, and its installed packages as links; our own lead into the copy. */
function copyRepository(): void {
  copy = mkdtempSync(path.join(tmpdir(), "nnsight-contributing-"));
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
}

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
  writeFileSync(path.join(copy, file), text);
};
const read = (file: string): string => readFileSync(path.join(copy, file), "utf8");

const steps: Readonly<Record<string, (text: string, place: string, after: string) => void>> = {
  file: (text, place) => write(place, text),
  append: (text, place) => write(place, read(place) + text),
  in: (text, place, after) => {
    const [before, rest, more] = read(place).split(`${after}\n`);
    expect([place, after, rest !== undefined, more]).toEqual([place, after, true, undefined]);
    write(place, `${before}${after}\n${text}${rest}`);
  },
  sh: (text) => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: `${path.join(copy, "node_modules/.bin")}${path.delimiter}${process.env.PATH}`,
    };
    for (const name of Object.keys(env)) if (/^(VITEST|NODE_ENV|npm_)/.test(name)) delete env[name];
    execFileSync("bash", ["-euc", text], {
      cwd: copy,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  },
};

const fence =
  /^```(?:ts (?<kind>file|append|in)=(?<place>\S+)(?: after="(?<after>[^"]*)")?|(?<sh>sh))\n(?<text>[\s\S]*?)^```$/gm;

test.each(files.filter((file) => /^docs\/contributing\/(?!README)/.test(file)))(
  "%s",
  (page) => {
    copyRepository();
    const found = [...textOf(page).matchAll(fence)];
    expect(found.map(({ groups }) => groups!.sh ?? groups!.kind)).toContain("file");
    for (const { groups } of found)
      steps[groups!.sh ?? groups!.kind!]!(groups!.text!, groups!.place ?? "", groups!.after ?? "");
    expect(found.at(-1)!.groups!.sh).toBe("sh");
  },
  300_000,
);
