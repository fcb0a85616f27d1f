/** What happens to contexts that are left open. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";

/** Runs a script against the built library, and gives what it wrote to stderr. */
function warningsOf(body: string): string {
  const file = join(scratchFolder(), "script.mjs");
  const library = join(import.meta.dirname, "../../dist/index.js");
  writeFileSync(file, `import { NNsight, nn, tensor } from ${JSON.stringify(library)};\n${body}`);
  return spawnSync(process.execPath, [file], { encoding: "utf8" }).stderr;
}

test("a script that ends with an open trace says so, with its line", () => {
  const file = "const model = new NNsight(new nn.Linear(2, 2));\nmodel.trace(tensor([[1, 2]]));\n";
  const out = warningsOf(file);
  expect(out).toMatch(
    /Warning: the trace opened at script\.mjs:3:7 was never closed, so nothing was run\. Close it first/,
  );
});

test("one that closes its traces says nothing", () => {
  expect(
    warningsOf(
      "const model = new NNsight(new nn.Linear(2, 2));\nawait model.trace(tensor([[1, 2]]), () => model.output);\n",
    ),
  ).toBe("");
});
