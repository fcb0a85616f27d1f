/** What lives after a session of a thousand traces, counted in the heap of a process of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "../../goldens/memory.ts");

test("4-TI02, 3-TI16: a thousand traces of five saves keep five thousand tensors and nothing else; memory is flat", {
  timeout: 300_000,
}, () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--experimental-transform-types", "--no-warnings", script],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  const { before, during, after, exited, resident, traces } = JSON.parse(stdout) as {
    before: number[];
    during: number[];
    after: number[];
    exited: number[];
    resident: number[];
    traces: number;
  };
  expect(during.map((count, i) => count - before[i]!)).toEqual([5 * traces, 5 * traces]);
  expect(after).toEqual(before);
  expect(exited).toEqual(before);
  expect(resident.length).toBeGreaterThan(20);
  // The saved values themselves are some 2 kB a trace; plans and graphs, if they stayed, would be ten times that.
  const half = resident.slice(resident.length / 2);
  expect(slope(half) * half.length).toBeLessThan(5e6);
});

/** Of the straight line nearest to the values. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [rise, run] = values.reduce(
    ([a, b], value, i) => [a! + (i - middle) * (value - mean), b! + (i - middle) ** 2],
    [0, 0],
  );
  return rise! / run!;
}
