// Nothing of one machine is committed: no paths of it, no host names of registries, no unpinned package.
import path from "node:path";
import { expect, test } from "vitest";
import { files, textOf } from "./files.ts";

const text = files.filter((file) =>
  /\.(ts|mjs|cjs|json|md|py|txt|in|yml|toml|css|svg|ipynb)$|^\.(npmrc|ci\/)/.test(file),
);

/** Folders that exist on somebody's machine only; `/tmp` and `/usr` are everybody's. */
const machinePath = /(?<![\w.])\/(root|work|opt\/wheels|opt\/pypi)\/\w|(?<![\w.])\/(home|Users)\/[a-z]\w*\//;

test("no file names a path of the machine it was written on", () => {
  const found = text.filter((file) => !file.startsWith("tests/") && machinePath.test(textOf(file)));
  expect(found).toEqual([]);
});

const lockfiles = files.filter((file) => path.basename(file) === "package-lock.json");

test.each(lockfiles)("%s pins versions and hashes, and no host", (file) => {
  const lock = JSON.parse(textOf(file)) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const installed = Object.entries(lock.packages).filter(
    ([place, { link }]) => /node_modules/.test(place) && !link,
  );
  expect(installed.length).toBeGreaterThan(50);
  expect(installed.filter(([, { integrity }]) => !integrity).map(([place]) => place)).toEqual([]);
  expect(installed.filter(([, { resolved }]) => resolved).map(([place]) => place)).toEqual([]);
});

test("the Python requirements pin versions and hashes, and no host", () => {
  for (const file of ["requirements.txt", "requirements-models.txt"]) {
    const lines = textOf(file)
      .split("\n")
      .filter((line) => line.trim() && !line.trim().startsWith("#"));
    expect(
      lines.filter((line) => !/^([a-z0-9-]+==\S+( ;.*)? \\|\s+--hash=sha256:[0-9a-f]{64}( \\)?)$/.test(line)),
    ).toEqual([]);
  }
  expect(textOf("requirements.txt") + textOf(".npmrc")).not.toMatch(/https?:|index-url|find-links|registry=/);
});

test("the pinned Node binaries belong to the version in package.json", () => {
  const { devDependencies } = JSON.parse(textOf("package.json"));
  const lock = JSON.parse(textOf("package-lock.json"));
  expect(lock.packages["node_modules/node"].version).toBe(devDependencies.node);
  expect(JSON.parse(textOf("scripts/steps/node24.json")).version).toBe(devDependencies.node);
});
