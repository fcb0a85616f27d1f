import { expect, test } from "vitest";
import { scaleOf } from "./scale.ts";

test("bars reach to the next round probability, never beyond 1", () => {
  expect([0.923, 1, 0.31, 0.2, 0.09, 0.00012, 0].map(scaleOf)).toEqual([1, 1, 0.4, 0.2, 0.1, 0.0002, 1]);
});
