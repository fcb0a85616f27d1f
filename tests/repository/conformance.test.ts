// docs/conformance.md is fresh, and each of its rows has a test or says what it waits for.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { root } from "./files.ts";

test("the page is fresh and complete", () => {
  const { stderr, status } = spawnSync(process.execPath, ["scripts/conformance.mjs", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect([stderr, status]).toEqual(["", 0]);
});
