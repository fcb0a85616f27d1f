import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { collectWhenDue } from "./garbage.ts";

const used = () => getHeapStatistics().used_heap_size;

test("what is left behind is freed once there is enough of it", () => {
  const before = used();
  let left: unknown = Array.from({ length: 3e6 }, (_, index) => ({ index, name: `n${index}` }));
  expect(used() - before).toBeGreaterThan(150e6);
  left = undefined;
  collectWhenDue();
  expect(left).toBeUndefined();
  expect(used() - before).toBeLessThan(100e6);
});
