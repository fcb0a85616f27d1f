import { expect, test } from "vitest";
import { Cursor, linkCursors } from "./cursor.ts";

test("linked cursors go together, each keeps where it rests, and each tells once", () => {
  const [a, b] = [new Cursor(), new Cursor()];
  a.rest({ row: 1, col: 1 });
  b.rest({ row: 2, col: 2 });
  linkCursors([a, b]);
  let told = 0;
  b.onChange(() => told++);
  a.hover({ row: 3, col: 4 });
  expect(b.shown).toEqual({ row: 3, col: 4 });
  b.pin({ row: 5, col: 6 });
  expect([a.hovered, a.pinned]).toEqual([undefined, { row: 5, col: 6 }]);
  a.step(1, 0, { rows: 10, cols: 10 });
  expect(b.pinned).toEqual({ row: 6, col: 6 });
  a.pin(undefined);
  expect([a.shown, b.shown]).toEqual([
    { row: 1, col: 1 },
    { row: 2, col: 2 },
  ]);
  expect(told).toBe(4);
});
