// Source files stay small: none over 600 lines.
import { expect, test } from "vitest";
import { files, textOf } from "./files.ts";

const sources = files.filter((file) => /\.(ts|tsx|mjs|py)$/.test(file) && !/\.d\.ts$/.test(file));

test("no source file is longer than 600 lines", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.filter((file) => textOf(file).split("\n").length > 600)).toEqual([]);
});
