// The pages that are made from the source are fresh: every error code has one, every op stands in theirs with its example.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { files, root, textOf } from "./files.ts";

test.each(["errors", "ops"])("docs/%s", (name) => {
  const { stderr, status } = spawnSync(process.execPath, [`scripts/docs/${name}.mjs`, "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect([stderr, status]).toEqual(["", 0]);
});

test("every code that an error may have is a class with a page", () => {
  const [, union = ""] = textOf("core/src/base/errors.ts").match(/type ErrorCode =([\s\S]*?);/) ?? [];
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code!);
  const classes = files
    .filter((file) => /^core\/src\/.*\.ts$/.test(file))
    .flatMap((file) =>
      [...textOf(file).matchAll(/readonly code(?:: ErrorCode)? = "(\w+)"/g)].map(([, code]) => code!),
    );
  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !classes.includes(code))).toEqual([]);
  expect(classes.filter((code) => !files.includes(`docs/errors/${code}.md`))).toEqual([]);
});
