/** The examples in the comments of the ops give what they say. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ops, tensor } from "../index.ts";

const files = readdirSync(import.meta.dirname).filter((name) => /^[a-z-]+\.ts$/.test(name));
/** Those of one line that name no value from elsewhere and say what they give. */
const examples = files.flatMap((name) =>
  [...readFileSync(join(import.meta.dirname, name), "utf8").matchAll(/@example (.*?) \/\/ (.*)/g)].map(
    ([, code, result]) => [code!, result!] as const,
  ),
);

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
};

const tight = (text: string): string => text.replaceAll(/\s+/g, "");

test("there are many", () => expect(examples.length).toBeGreaterThan(150));

test.each(examples)("%s is %s", (code, result) => {
  const value: unknown = new Function("tensor", "ops", `return ${code}`)(tensor, ops);
  expect(tight(shown(value))).toBe(tight(result));
});
