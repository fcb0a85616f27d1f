import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { displayTo } from "./display.ts";
import { barOf, progressWith, runProgress } from "./progress.ts";
import type { FromUser } from "./protocol.ts";

let said: string[];
let cell: object;
const display = displayTo({
  send: (message: FromUser) => {
    if (message.kind === "display")
      said.push(`${message.update ? "" : "new "}${message.bundle.data["text/plain"]}`);
  },
  streams: { flush: () => {} } as never,
  run: () => undefined,
});
const progress = progressWith(display);

beforeEach(() => {
  said = [];
  cell = {};
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => void vi.useRealTimers());

test("the line", () => {
  expect(barOf(3, 12, "rows", 1234)).toBe("rows ━━━━━━────────────────── 3 of 12, 1.2 s");
  expect(barOf(0, 0, "", 0)).toBe("━━━━━━━━━━━━━━━━━━━━━━━━ 0 of 0, 0.0 s");
  expect(barOf(7, undefined, "", 99)).toBe("7, 0.1 s");
});

test("at most ten times a second, and always at the end", () => {
  for (const _ of progress(Array(1000).fill(0)) as Iterable<number>) vi.advanceTimersByTime(1);
  expect(said).toHaveLength(1 + 10);
  expect(said[0]).toMatch(/^new .* 0 of 1000, 0\.0 s$/);
  expect(said.at(-1)).toContain("1000 of 1000, 1.0 s");
});

test("a loop that is left says where", () => {
  for (const item of progress(new Set([1, 2, 3]), { label: "set" }) as Iterable<number>)
    if (item === 3) break;
  expect(said.at(-1)).toMatch(/^set ━+─+ 2 of 3, /);
});

test("by hand, with a label that changes", () => {
  const bar = progress(10) as { advance(n?: number, label?: string): void; close(): void };
  vi.advanceTimersByTime(100);
  bar.advance(4, "four");
  bar.advance();
  bar.close();
  expect(said.slice(1).map((line) => line.replace(/[━─]+ /, ""))).toEqual([
    "four 4 of 10, 0.1 s",
    "four 5 of 10, 0.1 s",
  ]);
});

test("a run shows itself when it takes long; the runs of a cell share a line", () => {
  const tell = runProgress(display, () => cell);
  const run = (step: number) => {
    for (let done = 0; done <= 4; done++) {
      tell(done, 4, "run");
      vi.advanceTimersByTime(step);
    }
  };
  run(100);
  expect(said).toEqual([]);
  run(300);
  expect(said.map((line) => line.replace(/[━─]+ /, ""))).toEqual([
    "new run 2 of 4, 0.6 s",
    "run 3 of 4, 0.9 s",
    "run 4 of 4, 1.2 s",
  ]);
  run(300);
  expect(said).toHaveLength(6);
  expect(said.filter((line) => line.startsWith("new"))).toHaveLength(1);
  cell = {};
  run(300);
  expect(said.filter((line) => line.startsWith("new"))).toHaveLength(2);
});
