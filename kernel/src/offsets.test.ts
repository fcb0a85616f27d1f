import { expect, test } from "vitest";
import { toPoints, toUnits } from "./offsets.ts";

test("a character outside the basic plane is one point and two units", () => {
  expect(toUnits("a🙂b", 2)).toBe(3);
  expect(toPoints("a🙂b", 3)).toBe(2);
  expect(toUnits("ab", 9)).toBe(2);
});
