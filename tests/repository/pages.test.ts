// The pages that are made from the source are fresh: every error code has one, every op stands in theirs with its example.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { repositoryOf, table } from "../../scripts/docs/launch/table.mjs";
import { files, root, textOf } from "./files.ts";

test.each(["errors", "ops", "launch"])("scripts/docs/%s.mjs", (name) => {
  const { stderr, status } = spawnSync(process.execPath, [`scripts/docs/${name}.mjs`, "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect([stderr, status]).toEqual(["", 0]);
});

test("the README has Binder's badge and a link for each notebook once package.json names the repository", () => {
  const notebooks = [1, 2, 3, 4].map((i) => ({ file: `notebooks/0${i}-x.ipynb`, title: `No. ${i}` }));
  for (const repository of ["github:some/copy", { url: "git+https://github.com/some/copy.git" }, "some/copy"])
    expect(repositoryOf({ repository })).toBe("some/copy");
  expect(repositoryOf({})).toBeUndefined();
  const text = table(notebooks, "some/copy");
  const launch = "https://mybinder.org/v2/gh/some/copy/HEAD?urlpath=lab/tree/notebooks/";
  expect(text).toContain(`| 04 [No. 4](notebooks/04-x.ipynb) [▶](${launch}04-x.ipynb) |`);
  expect(text).toContain(`badge_logo.svg)](${launch}01-x.ipynb)`);
  expect(table(notebooks, undefined)).toContain('"repository": "github:owner/name"');
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
