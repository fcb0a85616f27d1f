// Every block of a page is run or read by a test: here those of commands and of JSON; what says it of the others is named.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tiersIn } from "../../service/src/cli/values.ts";
import { files, root, textOf } from "./files.ts";

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const blocks: Block[] = files
  .filter((file) => file.endsWith(".md"))
  .flatMap((page) =>
    [...textOf(page).matchAll(/^( *)(`{3,})([^\n]*)\n([\s\S]*?)^\1\2$/gm)].map(([, , , info, text]) => ({
      page,
      language: info!.trim(),
      text: text!,
    })),
  );

const isFollowed = ({ page }: Block) => /^docs\/contributing\/(?!README)/.test(page);

/** Who runs the blocks that are not run here. */
const runBy: readonly { readonly by: string; runs(block: Block): boolean }[] = [
  {
    by: "contributing.test.ts",
    runs: (block) => isFollowed(block) && /^(ts .+|sh|js)$/.test(block.language),
  },
  { by: "tests/docs/test_blocks.py", runs: ({ language }) => language === "ts" },
  {
    by: "core/src/ops/examples.test.ts",
    runs: ({ page, language }) => page === "docs/ops.md" && language === "js",
  },
  { by: "no one: it is no program", runs: ({ language }) => language === "text" },
];

const here = blocks.filter((block) => !runBy.some(({ runs }) => runs(block)));
const commands = here
  .filter(({ language }) => language === "sh")
  .flatMap(({ page, text }) =>
    text
      .split("\n")
      .map((line) => ({ page, line: line.replace(/\s+#.*$/, "").trim() }))
      .filter(({ line }) => line),
  );

/** Commands that take too long, need what is not here, or never end; each with the file that holds what it does. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm start": "scripts/rehearse-binder.sh", // set-up as a newcomer has it, then JupyterLab until it is stopped
  "npm test": ".ci/run", // this run
  "npx nnsight-ts serve --data ./nn-data --model HuggingFaceTB/SmolLM2-135M-Instruct":
    "service/src/cli/serve.test.ts", // runs until it is stopped
  "export NNSIGHT_API_KEY=nn_…": "service/src/cli/serve.test.ts", // the key that `serve` has shown
  "nnsight-ts serve --database postgres://… --blobs /shared/blobs --no-worker --model ID":
    "service/src/containers.test.ts", // a database
  "nnsight-ts admin keys add workers --scope worker --database postgres://… --blobs /shared/blobs":
    "service/src/cli/admin.test.ts", // a database
  "nnsight-ts worker --server https://… --token nn_… --model ID": "service/src/containers.test.ts", // a server
};

let folder: string;
let env: NodeJS.ProcessEnv;
/** A folder where the packages are installed, with a home and a Python environment of its own. */
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nnsight-blocks-"));
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  const extensions = path.join(folder, "venv/share/jupyter/labextensions");
  mkdirSync(extensions, { recursive: true });
  symlinkSync(
    path.join(root, "labextension/nnsight_ts_labextension/labextension"),
    path.join(extensions, "nnsight-ts-labextension"),
  );
  env = {
    PATH: `${path.join(root, "node_modules/.bin")}${path.delimiter}${process.env.PATH}`,
    HOME: path.join(folder, "home"),
    VIRTUAL_ENV: path.join(folder, "venv"),
    NNSIGHT_MODEL_PACKAGES: process.env.NNSIGHT_MODEL_PACKAGES,
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every block is run, or it is said by whom", () => {
  expect(here.filter(({ language }) => !["sh", "json"].includes(language))).toEqual([]);
  expect(Object.values(elsewhere).filter((file) => !files.includes(file))).toEqual([]);
  const lines = commands.map(({ line }) => line);
  expect(Object.keys(elsewhere).filter((line) => !lines.includes(line))).toEqual([]);
});

test("the commands of the pages run, one after the other", () => {
  const run = commands.map(({ line }) => line).filter((line) => !(line in elsewhere));
  expect(run.length).toBeGreaterThan(5);
  const { status, stdout, stderr } = spawnSync("bash", ["-euc", run.join("\n")], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  expect([status, stdout, stderr].join("\n")).toMatch(/^0\n/);
  expect(stdout).toMatch(/^ok {3}Kernelspec/m);
});

test("the commands that are not run here have options that there are", () => {
  const ours = Object.keys(elsewhere).filter((line) => /\bnnsight-ts /.test(line));
  const { stdout } = spawnSync("npx", ["nnsight-ts", "--help"], { cwd: folder, encoding: "utf8", env });
  for (const line of ours)
    for (const word of line.match(/(?<=nnsight-ts )[a-z]+|--[a-z-]+/g)!) expect(stdout).toContain(word);
});

/** What reads a block of JSON: the command line, or VS Code, whose settings are here known by name. */
const readers: Readonly<Record<string, (text: string) => void>> = {
  "docs/remote.md"(text) {
    const file = path.join(folder, "tiers.json");
    writeFileSync(file, text);
    expect(Object.keys(tiersIn(file).tiers!)).toEqual(["course"]);
  },
  "docs/vscode.md"(text) {
    const settings = Object.entries(JSON.parse(text));
    expect(settings.length).toBeGreaterThan(0);
    for (const [name, value] of settings)
      expect([name, value]).toEqual([expect.stringMatching(/^(type|java)script\.validate\.enable$/), false]);
  },
};

test.each(here.filter(({ language }) => language === "json"))("the JSON of $page", ({ page, text }) =>
  readers[page]!(text),
);
