import type { LogitLensPayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { rowsShown, settledRow, tableOf, usualStep } from "./table.ts";

const base64 = (numbers: readonly number[]) =>
  Buffer.from(Uint16Array.from(numbers).buffer).toString("base64");

const payload = {
  layers: [0, 1, 2],
  positions: 2,
  top: 2,
  words: [" Paris", " Rome", "<b>"],
  cells: base64([0, 1, 2, 1, 1, 0, 0, 2, 1, 2, 0, 1]),
  probabilities: base64([65535, 0, 13107, 6553, 32768, 1, 30000, 20000, 40000, 3, 60000, 10]),
} as unknown as LogitLensPayload;

test("guesses by layer and position, without those of no probability", () => {
  const table = tableOf(payload);
  expect(table.guesses(0, 0)).toEqual([{ word: " Paris", probability: 1 }]);
  expect(table.guesses(0, 1)[0]).toEqual({ word: "<b>", probability: 0.2 });
  expect(table.guesses(2, 1).map(({ word }) => word)).toEqual([" Paris", " Rome"]);
});

test("since when the last guess leads", () => {
  const table = tableOf(payload);
  expect([settledRow(table, 0), settledRow(table, 1)]).toEqual([1, 1]);
});

test("the last layer always has a row", () => {
  expect(rowsShown(30, 3)).toEqual([2, 5, 8, 11, 14, 17, 20, 23, 26, 29]);
  expect(rowsShown(3, 1)).toEqual([0, 1, 2]);
  expect([5, 12, 30, 80].map(usualStep)).toEqual([1, 1, 3, 7]);
});
