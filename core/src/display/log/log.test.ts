import { afterEach, expect, test, vi } from "vitest";
import { log, manualSeed, NNsight, nn, ops } from "../../index.ts";
import type { LogEntry } from "./line.ts";

const registered = Symbol.for("nnsight.log");

afterEach(() => {
  Reflect.deleteProperty(globalThis, registered);
  vi.restoreAllMocks();
});

async function traced(): Promise<void> {
  manualSeed(0);
  const model = new NNsight(new nn.Linear(2, 3));
  await model.trace(ops.ones([1, 2]), () => {
    const spoilt = model.input.mul(0).add(4);
    spoilt.set([0, 1], Number.NaN);
    log("input =", spoilt, "and", spoilt.sum());
  });
}

test("a script prints lines; a kernel that takes them gets words and tensors, and nothing is printed", async () => {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await traced();
  expect(print.mock.calls).toEqual([["input = tensor([[4., nan]]) and tensor(nan)"]]);
  print.mockClear();
  const taken: [string, LogEntry][] = [];
  Object.assign(globalThis, { [registered]: (text: string, entry: LogEntry) => taken.push([text, entry]) });
  await traced();
  expect(print).not.toHaveBeenCalled();
  const [[text, { line, parts }]] = taken as [[string, LogEntry]];
  expect(text).toBe("input = tensor([[4., nan]]) and tensor(nan)");
  expect(line).toMatch(/^log\.test\.ts:\d+$/);
  expect(parts).toMatchObject([
    { text: "input =" },
    { tensor: { dtype: "float32", shape: [1, 2], min: 4, max: 4, mean: 4, std: null, nan: 1, inf: 0 } },
    { text: "and tensor(nan)" },
  ]);
});
