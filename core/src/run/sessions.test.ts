/** Warm sessions: shared by key, bounded in number and bytes, released when nothing runs in them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as ort from "onnxruntime-node";
import { afterEach, describe, expect, test } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import type { Compiled } from "../compile/compiled.ts";
import { keyOf } from "../compile/key.ts";
import * as nnsight from "../index.ts";
import { CONFIG, NNsight, nn, ops } from "../index.ts";
import { local } from "../model/nnsight.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { type Host, scalar } from "../tensor/host.ts";
import { Sessions } from "./sessions.ts";
import { toHost, toRuntime } from "./values.ts";

/** x + addend, with the addend in the graph. */
function adding(addend: Host): Compiled {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", []);
  const sum = builder.node("Add", [x, builder.constant(addend)]);
  builder.output(sum, "float32", addend.shape);
  const graph = builder.graph();
  return {
    graph,
    key: keyOf(graph),
    inputs: [x],
    outputs: [sum],
    feeds: builder.feeds,
    pasts: [],
    kept: [],
    lasting: false,
  };
}

const number = (value: number): Host => scalar(value, "float32");

const one = { x: toRuntime(scalar(1, "float32")) };

async function run(sessions: Sessions, addend: number): Promise<number> {
  const compiled = adding(number(addend));
  const made = await sessions.run(compiled, one);
  return Number(toHost(made[compiled.outputs[0]!]! as ort.Tensor).data[0]);
}

test("equal structures share one session", async () => {
  const sessions = new Sessions();
  for (const addend of [1, 2, 1, 2]) expect(await run(sessions, addend)).toBe(1 + addend);
  expect([sessions.size, sessions.made]).toEqual([2, 2]);
});

test("no more are kept than allowed, the latest used ones, and all still give the right numbers", async () => {
  const sessions = new Sessions(3);
  for (let round = 0; round < 2; round++)
    for (let addend = 0; addend < 8; addend++) expect(await run(sessions, addend)).toBe(1 + addend);
  expect(sessions.size).toBe(3);
  expect(sessions.made - sessions.released).toBe(3);
  expect([5, 6, 7].map((addend) => sessions.has(adding(number(addend))))).toEqual([true, true, true]);
});

test("no more bytes are kept than allowed, but the one that is used", async () => {
  const sessions = new Sessions(512, 2_000_000);
  for (let addend = 0; addend < 5; addend++) await run(sessions, addend);
  expect(sessions.size).toBe(2);
  expect(sessions.bytes).toBeLessThanOrEqual(2_000_000);
  const none = new Sessions(512, 1);
  expect([await run(none, 1), await run(none, 2)]).toEqual([2, 3]);
  expect(none.size).toBe(1);
});

test("a session is released when the last run in it has ended", async () => {
  const sessions = new Sessions(1);
  const running = [run(sessions, 1), run(sessions, 1), run(sessions, 2)];
  expect(sessions.released).toBe(0);
  expect(await Promise.all(running)).toEqual([2, 2, 3]);
  expect([sessions.size, sessions.released]).toEqual([1, 1]);
});

test("runs of one structure over other values make no session, and none is left over", async () => {
  const { sessions } = local;
  const net = new NNsight(new nn.Linear(3, 3));
  const input = ops.ones([1, 3]);
  const scaled = (factor: number) => net.trace(input, () => net.output.mul(factor));
  await scaled(0.5);
  const live = () => sessions.made - sessions.released;
  const [before, made] = [live(), sessions.made];
  for (let i = 0; i < 200; i++) await scaled(i);
  expect([live(), sessions.made]).toEqual([before, made]);
});

test("another device or number of threads is another session; a device that is not in this build is refused in words", async () => {
  const sessions = new Sessions();
  try {
    await run(sessions, 1);
    CONFIG.APP.THREADS = 1;
    expect(await run(sessions, 1)).toBe(2);
    expect(sessions.made).toBe(2);
    CONFIG.APP.DEVICE = "abacus";
    await expect(run(sessions, 1)).rejects.toThrow(
      "CONFIG.APP.DEVICE is 'abacus', and this build of ONNX Runtime has cpu",
    );
    expect(sessions.size).toBe(2);
    expect(() => Object.assign(CONFIG.APP, { THREADS: 0 })).toThrow(
      "CONFIG.APP.THREADS is a whole number from 1 on; it was given 0.",
    );
  } finally {
    Object.assign(CONFIG.APP, { DEVICE: "cpu", THREADS: undefined });
  }
});

describe("packed weights of what is gone back through", () => {
  const { sessions } = local;
  const x = ops.randn([3, 256]);

  /** Passes back through a network whose weights lie in a file. */
  async function passes(): Promise<() => Promise<nnsight.Tensor>> {
    const layers = new nn.Sequential({ first: new nn.Linear(256, 256), second: new nn.Linear(256, 1) });
    const file = join(scratchFolder(), "net.safetensors");
    await nnsight.saveTensors(file, layers.stateDict());
    layers.loadStateDict(await nnsight.loadTensors(file));
    const net = new NNsight(layers);
    CONFIG.APP.MEMO = false;
    return async () =>
      net.trace(x, () => {
        net.output.sum().backward();
        return net.first.input.grad;
      });
  }
  afterEach(() => {
    Object.assign(CONFIG.APP, { PACKING: undefined, MEMO: true });
  });

  test("at once when that is asked for: its sessions hold them, and no number changes", async () => {
    const slopes = await passes();
    const plain = await slopes();
    const [bytes, made] = [sessions.bytes, sessions.made];
    CONFIG.APP.PACKING = true;
    const packed = await slopes();
    expect(packed.sub(plain).abs().max().item()).toBeLessThan(1e-6);
    expect(sessions.made).toBeGreaterThan(made);
    expect(sessions.bytes - bytes).toBeGreaterThan((sessions.made - made) * 750_000);
  });

  test("otherwise once it has run often, and never when that is said", async () => {
    const slopes = await passes();
    const first = await slopes();
    const made = async (): Promise<number> => {
      const before = sessions.made;
      for (let i = 0; i < 70; i++) await slopes();
      return sessions.made - before;
    };
    CONFIG.APP.PACKING = false;
    expect(await made()).toBe(0);
    CONFIG.APP.PACKING = undefined;
    expect(await made()).toBeGreaterThan(0);
    expect(await made()).toBe(0);
    expect((await slopes()).sub(first).abs().max().item()).toBeLessThan(1e-6);
  });
});

test("as many touched pieces are packed as there is room for", async () => {
  const path = join(scratchFolder(), "weights");
  const [count, length] = [2 ** 13, 4 * 2 ** 13];
  writeFileSync(path, new Float32Array(3 * count));
  const numbers = { dtype: "float32" as const, shape: [count], data: new Float32Array(count) };
  const graphs = [0, 1, 2].map((i) => adding({ ...numbers, source: { path, offset: i * length, length } }));
  const sessions = new Sessions(512, 1e9, 2 * length);
  for (let round = 0; round < 70; round++) for (const graph of graphs) await sessions.run(graph, one);
  expect([sessions.size, sessions.made]).toEqual([3, 5]);
});

test("a session that an interrupt may have struck while it was made is made anew", async () => {
  const flag = Symbol.for("nnsight.interrupt");
  const words = new Int32Array(new SharedArrayBuffer(12));
  Reflect.set(globalThis, flag, words);
  try {
    const sessions = new Sessions();
    const struck = run(sessions, 1);
    expect([await run(sessions, 1), sessions.made]).toEqual([2, 1]);
    const second = run(sessions, 5);
    Atomics.add(words, 2, 1);
    expect([await run(sessions, 5), sessions.made]).toEqual([6, 3]);
    expect([await struck, await second, await run(sessions, 5), sessions.made]).toEqual([2, 6, 6, 3]);
  } finally {
    Reflect.deleteProperty(globalThis, flag);
  }
});

test("a graph that is refused is not kept", async () => {
  const builder = new GraphBuilder();
  builder.output(builder.node("NoSuchOperator", [builder.input("x", "float32", [])]), "float32", []);
  const graph = builder.graph();
  const sessions = new Sessions();
  const wrong: Compiled = {
    graph,
    key: keyOf(graph),
    inputs: ["x"],
    outputs: [],
    feeds: new Map(),
    pasts: [],
    kept: [],
    lasting: false,
  };
  await expect(sessions.run(wrong, one)).rejects.toThrow("NoSuchOperator");
  expect(sessions.size).toBe(0);
});
