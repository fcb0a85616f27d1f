/** One plan for all programs of a structure: what it gives is, bit for bit, what a plan of their own gives. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { intercept } from "../../../tests/core/programs.ts";
import { smallLlama } from "../../goldens/small.ts";
import {
  CONFIG,
  LanguageModel,
  NNsight,
  NNsightError,
  nn,
  ops,
  saveTensors,
  Tensor,
  tensor,
} from "../index.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { openSafetensors } from "../load/safetensors.ts";
import { LocalBackend } from "./local.ts";
import { planOf } from "./plan.ts";

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 5) });
const tiny = new NNsight(net);

beforeEach(() => {
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** What a body may do, each by some number of its own. */
const moves: readonly ((held: Tensor[], at: number, number: number) => void)[] = [
  (held) => void held.push(tiny.layer1.output),
  (held) => void held.push(tiny.layer2.input),
  (held, at, number) => void held.push(held[at]!.mul(number)),
  (held, at, number) => void held.push(held[at]!.add(tensor([number]))),
  (held, at) => void held.push(held[at]!.sub(held[0]!.mean())),
  (held, at) => void held.push(held[at]!.max(-1, true).values),
  (held, at) => void held[at]!.save(),
  (held, at, number) => held[at]!.set([":", 0], number),
  (_, __, number) => void (tiny.layer1.output = tiny.layer1.output.mul(number)),
  (held, at, number) => void (tiny.layer2.input = held[at]!.narrow(-1, 0, 1).expand(-1, 10).add(number)),
];

type Plans = { readonly plan: unknown; readonly program: Program }[];

/** Runs it by the plan of its structure, and by one of its own; both must make the same. */
async function bothWays(trace: () => PromiseLike<unknown>): Promise<Plans> {
  const plans: Plans = [];
  const made: (readonly [ReadonlyMap<Result, Made>, ReadonlyMap<Result, Made>])[] = [];
  const restore = intercept(async (program, request, run) => {
    await run(program, request);
    plans.push({ plan: planOf(program).plan, program });
    const kept = new Map<Result, Made>();
    // A function of its own, for which nothing is known.
    await run({ ...program, root: { ...program.root } }, { ...request, kept });
    made.push([request.kept, kept]);
  });
  try {
    await trace();
  } catch (error) {
    // What cannot be written is no concern here.
    if (!(error instanceof NNsightError)) throw error;
  } finally {
    restore();
  }
  for (const [shared, own] of made) expect(shared).toEqual(own);
  return plans;
}

const bodies = fc.array(fc.tuple(fc.nat(moves.length - 1), fc.nat(7)), { maxLength: 12 });
const numbers = fc.float({ min: -2, max: 2, noNaN: true });

test("random programs, each written twice with other numbers and inputs", async () => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(bodies, numbers, numbers, fc.integer({ min: 1, max: 3 }), async (body, a, b, rows) => {
      const trace = (number: number) => () =>
        tiny.trace(ops.rand([rows, 5]), () => {
          const held: Tensor[] = [tiny.layer1.output];
          for (const [move, at] of body) moves[move]!(held, at % held.length, number);
          return [held.at(-1), tiny.output];
        });
      const [first] = await bothWays(trace(a));
      const [second] = await bothWays(trace(b));
      expect(second?.plan).toBe(first?.plan);
      if (first && first.program !== second?.program) shared++;
    }),
    { numRuns: 60 },
  );
  expect(shared).toBeGreaterThan(30);
});

test("gradients of one structure share a plan, those of other values and passes have their own", async () => {
  const plans = async (trace: () => PromiseLike<unknown>) => (await bothWays(trace))[0]!.plan;
  const x = ops.rand([2, 5]);
  const hidden = (): Tensor => tiny.layer1.output;
  const slope = (scale: number) => () =>
    tiny.trace(x, () => {
      const read = hidden();
      tiny.output.mul(scale).sum().backward();
      return read.grad;
    });
  const plain = await plans(slope(2));
  expect(await plans(slope(3))).toBe(plain);
  expect((await slope(4)()).toArray()).toEqual((await slope(1)()).mul(4).toArray());
  const others = [
    () => tiny.trace(x, () => ops.grad(tiny.output.mul(2).mean(), [hidden()])),
    () => tiny.trace(x, () => ops.grad(tiny.output.mul(2).sum(), [tiny.layer2.input])),
    () =>
      tiny.trace(x, () => {
        const read = hidden();
        tiny.output.sum().backward();
        tiny.layer1.output.sum().backward();
        return read.grad;
      }),
  ];
  for (const other of others) expect(await plans(other)).not.toBe(plain);
});

test("a gradient that leads nowhere names its lines, also the second time", async () => {
  const trace = () =>
    tiny.trace(ops.rand([1, 5]), () => {
      const late = tiny.layer2.output;
      tiny.layer1.output.sum().backward();
      return late.grad;
    });
  for (let time = 0; time < 2; time++) await expect(trace()).rejects.toThrow(/templates\.test\.ts:\d+/);
});

test("other shapes, parameters and saves have plans of their own; a host's work is never shared", async () => {
  const plans = async (trace: () => PromiseLike<unknown>) => (await bothWays(trace))[0]!.plan;
  const x = ops.rand([2, 5]);
  const plain = await plans(() => tiny.trace(x, () => tiny.layer1.output.mul(2).sum(0)));
  const others = [
    () => tiny.trace(ops.rand([1, 5]), () => tiny.layer1.output.mul(2).sum(0)),
    () => tiny.trace(x, () => tiny.layer1.output.mul(2).sum(1)),
    () => tiny.trace(x, () => tiny.layer1.output.mul(tensor([2])).sum(0)),
    () => tiny.trace(x, () => tiny.layer1.output.mul(2).save().sum(0)),
    () => tiny.trace(x, () => tiny.layer1.input.mul(2).sum(0)),
    () => tiny.trace(x, () => tiny.layer2.output.mul(2).sum(0)),
  ];
  for (const other of others) expect(await plans(other)).not.toBe(plain);
  expect(await plans(() => tiny.trace(x, () => tiny.layer1.output.mul(3).sum(0)))).toBe(plain);
  const drawn = () => tiny.trace(x, () => tiny.layer1.output.mul(ops.rand([10])));
  await drawn();
  const [one, two] = [await drawn(), await drawn()];
  expect(one.toArray()).not.toEqual(two.toArray());
});

test("new weights are used by a plan that was there before them", async () => {
  const own = new nn.Sequential({ only: new nn.Linear(5, 5) });
  const model = new NNsight(own);
  const x = ops.rand([1, 5]);
  const trace = () => model.trace(x, () => model.only.output.mul(2));
  await trace();
  own.only.weight = ops.zeros([5, 5]);
  expect((await trace()).toArray()).toEqual([own.only.bias!.mul(2).toArray()]);
});

test("weights that an op of the user's reads stay in their file, each with a plan of its own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nnsight-weights-"));
  try {
    const path = join(folder, "two.safetensors");
    const [one, two] = [ops.rand([30, 10]), ops.rand([30, 10])];
    await saveTensors(path, { one, two });
    const read: string[] = [];
    const mapped = (name: string): Tensor => {
      const host = openSafetensors(path).get(name)!;
      const data = (): unknown => {
        read.push(name);
        return host.data;
      };
      return new Tensor(Object.defineProperty({ ...host, source: host.source! }, "data", { get: data }));
    };
    const x = ops.rand([2, 5]);
    for (const [name, weight] of Object.entries({ one, two })) {
      const own = mapped(name);
      read.length = 0;
      const { made, hidden } = await tiny.trace(x, () => ({
        made: ops.linear(tiny.layer1.output, own),
        hidden: tiny.layer1.output,
      }));
      expect(ops.linear(hidden, weight).sub(made).abs().max().item()).toBeLessThan(1e-6);
    }
    expect(read).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an error of a plan that is shared names the line of the trace that failed", async () => {
  const x = ops.rand([1, 5]);
  const lineOf = async (read: () => Tensor): Promise<number> => {
    const trace = tiny.trace((tracer) => {
      tracer.invoke(x, () => undefined);
      return tracer.invoke(read);
    });
    const message = await trace.then(String, ({ message }: Error) => message);
    return Number(/templates\.test\.ts:(\d+):/.exec(message)?.[1]);
  };
  const first = await lineOf(() => tiny.output.at(7));
  const second = await lineOf(() => tiny.output.at(7));
  expect(second - first).toBe(1);
});

test("steps of a generation in which the same is written share a plan, unless an op takes what grows", async () => {
  const lm = LanguageModel.random(smallLlama, { seed: 4 });
  const run = vi.spyOn(LocalBackend.prototype, "run");
  const plansOf = async (write: () => Tensor): Promise<[unknown[], Tensor[]]> => {
    run.mockClear();
    const made = await lm.generate([3, 17, 5], { maxNewTokens: 5, eos: [] }, (tracer) =>
      tracer.iter.all(write),
    );
    const steps = run.mock.calls.filter(([, { inputs }]) => inputs.length > 0);
    return [steps.map(([program]) => planOf(program).plan), made];
  };
  const [shared, means] = await plansOf(() => lm.model.layers[0]!.output[0]!.mul_(1.5).mean());
  expect(new Set(shared.slice(1)).size).toBe(1);
  expect(shared[1]).not.toBe(shared[0]);
  expect(new Set(means.map((one) => one.item())).size).toBe(5);
  const [apart, keys] = await plansOf(() => lm.output["past_key_values"]![0]![0].mul(1));
  expect(new Set(apart).size).toBe(5);
  expect(keys.map(({ shape }) => shape[2])).toEqual([3, 4, 5, 6, 7]);
  run.mockRestore();
});
