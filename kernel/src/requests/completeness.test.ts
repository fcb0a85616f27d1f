import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isComplete } from "./completeness.ts";
import type { Kernel } from "./handler.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asking = (ask: () => Promise<unknown>) =>
  isComplete({ code: "1" }, { compiler: { ask } } as unknown as Kernel);

test("the compiler's answer is handed on", async () => {
  expect(await asking(async () => ({ status: "incomplete", indent: "  " }))).toEqual({
    status: "incomplete",
    indent: "  ",
  });
});

test("a compiler that is busy or gone gives no answer in time", async () => {
  const waiting = asking(() => new Promise(() => {}));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await waiting).toEqual({ status: "unknown" });
  expect(await asking(async () => Promise.reject(new Error("gone")))).toEqual({ status: "unknown" });
});
