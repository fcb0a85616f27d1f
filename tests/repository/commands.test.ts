// After set-up `npx` knows the commands of our own packages.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const bin = path.resolve(import.meta.dirname, "../../node_modules/.bin");

test.each([
  ["nnsight-ts-kernel", "doctor"],
  ["nnsight-ts", "serve"],
])("%s tells how it is used", (command, use) => {
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env["PATH"]}` };
  expect(execFileSync(path.join(bin, command), ["--help"], { encoding: "utf8", env })).toContain(use);
});
