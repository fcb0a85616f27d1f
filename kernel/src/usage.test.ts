import { expect, test } from "vitest";
import { treeOf, UsageMeter } from "./usage.ts";

test("memory and time of this process, and what it did since the last question", async () => {
  const meter = new UsageMeter();
  await meter.read();
  for (const end = Date.now() + 300; Date.now() < end; );
  const usage = await meter.read();
  expect(usage.pid).toBe(process.pid);
  expect(usage.kernel_memory).toBeGreaterThan(10e6);
  expect(usage.kernel_cpu).toBeGreaterThan(10);
  expect(usage.host_virtual_memory.total).toBeGreaterThan(usage.kernel_memory);
  expect(usage.cpu_count).toBeGreaterThan(0);
});

test("a process and those below it, from what ps lists", () => {
  const listed =
    "    1     0  900 1-00:00:01\n   20     1  100 0:02.50\n   30    20   50 1:00\n   40     1   70 0:09\n";
  expect([...treeOf(20, listed)]).toEqual([
    [20, { memory: 102_400, cpu: 2.5 }],
    [30, { memory: 51_200, cpu: 60 }],
  ]);
  expect(treeOf(1, listed).get(1)?.cpu).toBe(86_401);
});
