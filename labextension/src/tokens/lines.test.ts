import { expect, test } from "vitest";
import { nearestInLine } from "./lines.ts";

/** Three lines: two words, three words, one word. */
const places = [
  [0, 60, 0],
  [60, 90, 0],
  [0, 20, 24],
  [20, 60, 24],
  [60, 90, 24],
  [0, 10, 48],
].map(([left, right, top]) => ({ left: left!, right: right!, top: top! }));

test("up and down go to the nearest word of the next line, and stay at the ends", () => {
  const go = (from: number, step: 1 | -1) => nearestInLine(places.length, (i) => places[i]!, from, step);
  expect([go(0, 1), go(1, 1), go(4, -1), go(2, -1), go(3, 1)]).toEqual([3, 4, 1, 0, 5]);
  expect([go(0, -1), go(5, 1)]).toEqual([0, 5]);
});
