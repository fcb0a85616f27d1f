/** Run by a test in a process of its own: what is alive, and how large the process is, in a session of many traces. */
import { queryObjects } from "node:v8";
import { NNsight, nn, ops, Tensor } from "../src/index.ts";
import { local } from "../src/model/nnsight.ts";
import type { LocalBackend } from "../src/run/local.ts";

const TRACES = 1000;
const EVERY = 40;

// Results of pieces are remembered within a budget of their own; here none is.
(local as LocalBackend).memo.most = 0;

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const input = ops.rand([1, 5]);
const collect = (globalThis as unknown as { gc: () => void }).gc;

/** How many tensors and arrays of numbers are reachable. */
const alive = (): number[] =>
  [Tensor, Float32Array].map((kind) => queryObjects(kind as never, { format: "count" }) as unknown as number);

const resident: number[] = [];
function measure(): void {
  collect();
  resident.push(process.memoryUsage.rss());
}

/** Five saves a trace: read, computed, written, in a branch, and a number. */
const traced = () =>
  tiny.trace(ops.rand([1, 5]), (tracer) => {
    const one = tiny.layer1.output;
    const doubled = one.mul(2);
    tiny.layer1.output = doubled;
    const chosen = tracer.cond(one.sum().gt(-1e6), () => one.add(1));
    return [one, doubled, tiny.layer2.output, chosen, one.sum()];
  });

/** In a frame of its own, which holds nothing once it has returned. */
const run = (): Promise<unknown[]> =>
  tiny.session((s) => {
    const all: unknown[] = [];
    for (let i = 0; i < TRACES; i++) {
      all.push((traced() as unknown as { lazy: unknown }).lazy);
      if (i % EVERY === EVERY - 1) s.apply(measure);
    }
    return all;
  });

const held: { results?: unknown[] } = {};
const keep = async (): Promise<void> => void (held.results = await run());

await tiny.session(() => void traced());
measure();
const before = alive();
await keep();
const during = alive();
held.results = [];
const after = alive();

/** An unsaved list that a loop fills, which is left by an exit. */
const left = (): Promise<void> =>
  tiny.session((s) => {
    const list = s.list();
    s.iter([0, 1, 2], (item, iterator) => {
      tiny.trace(input, () => list.append(tiny.layer1.output));
      iterator.cond(item.eq(1), () => iterator.exit());
    });
  });
await left();
console.log(JSON.stringify({ before, during, after, exited: alive(), resident, traces: TRACES }));
