import { expect, test } from "vitest";
import { isComplete } from "./isComplete.ts";

test.each([
  ["1 + 2", "complete"],
  ["", "complete"],
  ["await using t = f()", "complete"],
  ["function f() {", "incomplete"],
  ["f(1,", "incomplete"],
  ["const x =", "incomplete"],
  ["`a", "incomplete"],
  ["/* a", "incomplete"],
  ["const = 3", "invalid"],
  ["1 2", "invalid"],
  ["a)", "invalid"],
  ["f(]", "invalid"],
])("%s is %s", (code, status) => {
  expect(isComplete(code).status).toBe(status);
});

test("the next line is indented inside a bracket", () => {
  expect(isComplete("  if (a) {").indent).toBe("    ");
});
