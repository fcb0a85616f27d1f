// What a release needs: one version for all packages with its section in the changelog, and manifests that say what is in them.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import {
  folders,
  inspect,
  manifestOf,
  packAll,
  tools,
  versionOfAll,
} from "../../scripts/release/packages.mjs";
import { root, textOf } from "./files.ts";

test("one version, told in the changelog and in the Python package", () => {
  const version = versionOfAll();
  expect(textOf("CHANGELOG.md")).toContain(`\n## ${version}\n`);
  expect(textOf("labextension/pyproject.toml")).toContain(`\nversion = "${version}"\n`);
});

test.each(folders)("%s says its licence, its files and its types, and what it exports is built", (folder) => {
  const manifest = manifestOf(folder) as {
    exports: Record<string, string | { types: string; default: string }>;
  };
  expect(manifest).toMatchObject({ license: "MIT", type: "module", description: expect.any(String) });
  expect(manifest).toMatchObject({ files: expect.arrayContaining(["dist", "!**/*.tsbuildinfo"]) });
  const targets = Object.values(manifest.exports).flatMap((to) =>
    typeof to === "string" ? to : Object.values(to),
  );
  expect(targets.filter((file) => !existsSync(path.join(root, folder, file)))).toEqual([]);
});

// Without what inspects them, which `npm run release` installs, there is nothing to ask.
test.skipIf(!tools)(
  "publint and are-the-types-wrong find nothing in the packed packages",
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "nnsight-packed-"));
    try {
      const packed = await packAll(folder);
      expect([...packed.keys()]).toEqual(folders);
      for (const file of packed.values()) await inspect(file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

test("the wheel is made, and the kernel in it runs a cell", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nnsight-wheel-"));
  const run = (...args: string[]) =>
    execFileSync(path.join(root, ".venv/bin/python"), args, {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NNSIGHT_NODE: process.execPath },
    }).trim();
  try {
    const wheel = run("scripts/release/wheel.py", "--stored", folder);
    expect(run("scripts/release/try_wheel.py", "--unpacked", wheel)).toContain("a cell ran");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
