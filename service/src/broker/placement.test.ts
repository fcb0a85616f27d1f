/** What a worker is told to hold, in each situation. */
import { expect, test } from "vitest";
import {
  type Held,
  type Placed,
  placed,
  residency,
  type Situation,
  target,
  temperatureOf,
} from "./placement.ts";

const held = (model: string, more: Partial<Held> = {}): Held => ({
  model,
  bytes: 4,
  age: 100,
  idle: 10,
  busy: false,
  kept: false,
  ...more,
});
const waits = (count: number, oldest: number) => ({ count, oldest });
const situation = (more: Partial<Situation>): Situation => ({
  held: [],
  may: ["a", "b", "c"],
  room: 8,
  queues: new Map([["a", waits(1, 1)]]),
  sizes: new Map([
    ["a", 4],
    ["b", 4],
    ["c", 8],
    ["x", 4],
  ]),
  others: new Map(),
  ...more,
});

test("a model that is waited for is loaded where there is room, and none that nobody waits for", () => {
  expect(placed(situation({}))).toEqual({ load: "a", evict: [] });
  expect(placed(situation({ queues: new Map() }))).toEqual({ evict: [] });
  expect(placed(situation({ held: [held("a")] }))).toEqual({ evict: [] });
  expect(placed(situation({ may: ["b"] }))).toEqual({ evict: [] });
  expect(placed(situation({ room: 3 }))).toEqual({ evict: [] });
});

test("of several the one comes that has waited longer, with more jobs, for less to load", () => {
  const queues = (c: number, b: number) =>
    new Map([
      ["b", waits(1, b)],
      ["c", waits(1, c)],
    ]);
  expect(placed(situation({ queues: queues(3, 2) })).load).toBe("b");
  expect(placed(situation({ queues: queues(9, 2) })).load).toBe("c");
  const many = new Map([
    ["a", waits(1, 3)],
    ["b", waits(9, 1)],
  ]);
  expect(placed(situation({ queues: many })).load).toBe("b");
});

test("for what nobody else holds the longest unused make room: not what is kept, runs, is waited for or is young", () => {
  const full = (...more: readonly Held[]) => placed(situation({ held: more }));
  expect(full(held("x", { idle: 5 }), held("b", { idle: 50 }))).toEqual({ load: "a", evict: ["b"] });
  const queues = new Map([["c", waits(1, 1)]]);
  expect(placed(situation({ queues, held: [held("x"), held("b")] }))).toEqual({
    load: "c",
    evict: ["x", "b"],
  });
  const stays: readonly Partial<Held>[] = [{ kept: true }, { busy: true }, { age: residency - 0.1 }];
  for (const one of stays) expect(full(held("x", one), held("b", one))).toEqual({ evict: [] });
  const asked = new Map([
    ["a", waits(1, 1)],
    ["x", waits(1, 1)],
  ]);
  expect(placed(situation({ queues: asked, held: [held("x", { bytes: 8 })] }))).toEqual({ evict: [] });
});

test("what others hold comes once more only when it has been waited for long, and only into free room", () => {
  const others = new Map([["a", 1]]);
  const long = new Map([["a", waits(9, target + 0.1)]]);
  expect(placed(situation({ others }))).toEqual({ evict: [] });
  expect(placed(situation({ others, queues: long }))).toEqual({ load: "a", evict: [] });
  expect(placed(situation({ others, queues: long, held: [held("x", { bytes: 8 })] }))).toEqual({ evict: [] });
});

test("users are told where a model is, and why it is not nearer", () => {
  const worker = (more: Partial<Placed>): Placed => ({ models: [], loading: [], warm: [], may: [], ...more });
  const told = (...workers: readonly Placed[]) => temperatureOf("a", workers);
  expect(told(worker({ models: ["a"] }), worker({ models: ["a"] }))).toEqual({
    state: "hot",
    workers: 2,
    reason: "",
  });
  expect(told(worker({ loading: ["a"], warm: ["a"] })).state).toBe("loading");
  expect(told(worker({ warm: ["a"], may: ["a"] }))).toMatchObject({ state: "warm", workers: 0 });
  expect(told(worker({ may: ["a"] })).reason).toBe("nobody has asked for it yet; a job has it loaded");
  expect(told(worker({ models: ["b"] })).reason).toBe("no worker that is there may hold it");
});
