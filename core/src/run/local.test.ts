/** What a run does when it is stopped or fails. */
import { afterEach, expect, test } from "vitest";
import { NNsight, nn, type Tensor, tensor } from "../index.ts";

const flag = Symbol.for("nnsight.interrupt");
const progress = Symbol.for("nnsight.progress");
const net = new nn.Sequential({ one: new nn.Linear(2, 2), two: new nn.Linear(2, 2) });
const model = new NNsight(net);

afterEach(() => {
  Reflect.deleteProperty(globalThis, flag);
  Reflect.deleteProperty(globalThis, progress);
});

test("a run ends between pieces when the kernel's flag says so, and the next one works", async () => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  Reflect.set(globalThis, flag, word);
  Atomics.store(word, 0, 1);
  await expect(model.trace(tensor([[1, 2]]), () => model.output)).rejects.toThrow("the run was interrupted");
  Atomics.store(word, 0, 0);
  expect((await model.trace(tensor([[1, 2]]), () => model.output)).shape).toEqual([1, 2]);
});

test("an interrupt ends the runs of its time, also where the next cell has begun", async () => {
  const words = new Int32Array(new SharedArrayBuffer(12));
  Reflect.set(globalThis, flag, words);
  Reflect.set(globalThis, progress, (done: number) => void (done === 1 && Atomics.add(words, 2, 1)));
  const trace = () => model.trace(tensor([[1, 2]]), () => model.output.mul(model.one.output));
  await expect(trace()).rejects.toMatchObject({ code: "RUNTIME", isInterrupt: true });
  Reflect.deleteProperty(globalThis, progress);
  expect((await trace()).shape).toEqual([1, 2]);
});

test("a run tells a kernel how many of its pieces are done", async () => {
  const told: unknown[][] = [];
  Reflect.set(globalThis, progress, (...args: unknown[]) => void told.push(args));
  await model.trace(tensor([[1, 2]]), () => model.output);
  const total = told.length - 1;
  expect(total).toBeGreaterThan(0);
  expect(told).toEqual(Array.from({ length: total + 1 }, (_, done) => [done, total, "run"]));
});

test("the traces of a session and the turns of a loop count as one piece of it", async () => {
  const told: unknown[][] = [];
  Reflect.set(globalThis, progress, (...args: unknown[]) => void told.push(args));
  await model.session((session) => {
    session.trace(model, tensor([[1, 2]]), () => model.output.save());
    session.iter([1, 2, 3], (item) => {
      session.trace(model, tensor([[3, 4]]), () => model.output.mul(item).save());
    });
  });
  // The list of the loop is the third.
  expect(told).toEqual([0, 1, 2, 3].map((done) => [done, 3, "run"]));
});

test("what fails only at the run names the op and the user's line", async () => {
  class Picks extends nn.Module {
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  const picks = new NNsight(new Picks());
  await expect(
    picks.trace((tracer) => {
      tracer.invoke(tensor([[1, 2]]), () => picks.output.save());
      return tracer.invoke(() => picks.output.at(5));
    }),
  ).rejects.toThrow(/the run failed in .*getitem at local\.test\.ts:\d+:\d+.*:/);
});
