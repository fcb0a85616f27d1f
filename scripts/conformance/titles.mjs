// The tests that name rows: those whose title begins with `S14:` or `3-TI01, 4-TI05:`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { inRoot, root } from "../base/paths.mjs";

const id = String.raw`(?:S\d+|[34]-(?:TI|LM)\d+|7-\d{3})`;
const title = new RegExp(String.raw`["\x60](${id}(?:, ${id})*): ([^"\x60\n]+?)\.?["\x60]`, "g");

const isTest = (file) => /\.test\.ts$|(^|\/)test_\w+\.py$/.test(file);

/** The tests of each row, in the order of their files. */
export function testsByRow() {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const found = new Map();
  for (const file of [...new Set(files.split("\n"))].filter(isTest).sort())
    for (const [, rows, text] of readFileSync(inRoot(file), "utf8").matchAll(title))
      for (const row of rows.split(", ")) {
        if (!found.has(row)) found.set(row, []);
        found.get(row).push({ file, text });
      }
  return found;
}
