/**
 * `npm run bench:tracing`: what tracing costs beyond the forward: a turn of a recorded loop, and an op while it is recorded.
 * Processor time of this thread, as the machines are shared; medians of rounds in which the candidates take turns.
 */
import { CONFIG, NNsight, nn, ops, type Tensor } from "nnsight-ts";
import * as ort from "onnxruntime-node";

const ITEMS = 1000;
const OPS = 1000;
const ROUNDS = 25;

CONFIG.APP.MEMO = false;
const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const inputs = Array.from({ length: ITEMS }, () => ops.rand([1, 5]));

/** Microseconds of one in a median round. */
async function medians<K extends string>(
  candidates: Record<K, () => unknown>,
  of: number,
): Promise<Record<K, number>> {
  const taken = new Map<string, number[]>();
  for (let round = -2; round < ROUNDS; round++)
    for (const [name, work] of Object.entries<() => unknown>(candidates)) {
      const begin = process.threadCpuUsage();
      await work();
      const { user, system } = process.threadCpuUsage(begin);
      if (round >= 0) taken.set(name, [...(taken.get(name) ?? []), (user + system) / of]);
    }
  const middle = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1]!;
  return Object.fromEntries([...taken].map(([name, all]) => [name, middle(all)])) as Record<K, number>;
}

/** The runs of ONNX Runtime that one trace makes, to be made again without us. */
async function runsOf(trace: () => unknown): Promise<(() => Promise<unknown>)[]> {
  const made: (() => Promise<unknown>)[] = [];
  const { run } = ort.InferenceSession.prototype as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const observed = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    made.push(() => run!.apply(this, args));
    return run!.apply(this, args);
  };
  Object.assign(ort.InferenceSession.prototype, { run: observed });
  await trace();
  Object.assign(ort.InferenceSession.prototype, { run });
  return made;
}

const runs = await runsOf(() => tiny.trace(inputs[0], () => tiny.output));
const loop = await medians(
  {
    forward: async () => {
      for (const _ of inputs) for (const run of runs) await run();
    },
    empty: () => tiny.session((s) => s.iter(inputs, (item) => item)),
    traced: () => tiny.session((s) => s.iter(inputs, (item) => s.trace(tiny, item, () => tiny.output))),
    singly: async () => {
      for (const input of inputs) await tiny.trace(input, () => tiny.output);
    },
  },
  ITEMS,
);

/** Written and never run: an error of our own ends it. */
const written = (count: number) => () =>
  tiny
    .trace(inputs[0], () => {
      let x: Tensor = tiny.layer1.output;
      for (let i = 0; i < count; i++) x = x.add(1);
      throw new Error("written");
    })
    .catch(() => undefined);
/** The stack that each op takes for the user's line, by itself. */
const stacks = () =>
  tiny
    .trace(inputs[0], () => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 24;
      const taken = Array.from({ length: OPS }, () => {
        const holder = {};
        Error.captureStackTrace(holder);
        return holder;
      });
      Error.stackTraceLimit = limit;
      throw new Error(`written ${taken.length}`);
    })
    .catch(() => undefined);
const writing = await medians({ few: written(10), many: written(OPS + 10), stacks }, OPS);

const rows: [what: string, microseconds: number, note: string][] = [
  [`the forward: ${runs.length} run${runs.length === 1 ? "" : "s"} of ONNX Runtime`, loop.forward, ""],
  ["a turn of an empty loop", loop.empty, ""],
  ["a turn with a trace in it", loop.traced, ""],
  ["… beyond the forward", loop.traced - loop.forward, "target: at most 100"],
  ["a trace by itself", loop.singly, ""],
  ["an op while it is recorded", writing.many - writing.few, ""],
  ["… of it the stack for the user's line", writing.stacks, "docs/decisions/9-lines.md"],
  ["… without it", writing.many - writing.few - writing.stacks, "target: at most 5"],
];
console.log(`microseconds of processor time, medians of ${ROUNDS} rounds of ${ITEMS}\n`);
for (const [what, microseconds, note] of rows)
  console.log(`${what.padEnd(42)} ${microseconds.toFixed(1).padStart(9)}   ${note}`);
