/** Random programs, run in pieces by ONNX Runtime and step by step by a direct interpreter: both must give the same. */
import "../../../tests/core/every-program.ts";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { interpret } from "../../../tests/core/interpreter.ts";
import { intercept, runAsBytes, runAsText } from "../../../tests/core/programs.ts";
import { mapTree } from "../base/tree.ts";
import * as nnsight from "../index.ts";
import { type Dynamic, manualSeed, NNsight, nn, ops, Tensor, type Tracer } from "../index.ts";
import { step as step_ } from "../trace/steps.ts";
import { genericIntake } from "./generic-intake.ts";
import { nameModel } from "./hosted.ts";

class MLP extends nn.Module {
  up = new nn.Linear(4, 6);
  act = new nn.Tanh();
  down = new nn.Linear(6, 4);
  forward(x: Tensor): Tensor {
    return this.down(this.act(this.up(x)));
  }
}

class Block extends nn.Module {
  norm = new nn.RMSNorm(4);
  mlp = new MLP();
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(this.norm(x)))];
  }
}

class Net extends nn.Module {
  embed = new nn.Linear(3, 4);
  layers = new nn.ModuleList([new Block(), new Block()]);
  twice = new nn.Linear(4, 4);
  head = new nn.Linear(4, 2);
  forward(x: Tensor): Tensor {
    let hidden = this.embed(x);
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.head(this.twice(this.twice(hidden).tanh()));
  }
}

manualSeed(423);
const net = new Net();
const model = new NNsight(net);
const hosted = { key: "net", module: net, intake: genericIntake(net) };
nameModel(hosted);
const inputs = [1, 2, 3].map((rows) => ops.randn([rows, 2, 3]));

interface Site {
  read(): Tensor;
  write(value: Tensor): void;
}

/** An edge of a module that carries `[row, 2, 4]`. */
const site = (read: () => Tensor, write: (value: Tensor) => void): Site => ({ read, write });

const block = (i: number): Site[] => {
  const layer = model.layers[i]!;
  return [
    site(
      () => layer.input,
      (v) => void (layer.input = v),
    ),
    site(
      () => layer.norm.input,
      (v) => void (layer.norm.input = v),
    ),
    site(
      () => layer.norm.output,
      (v) => void (layer.norm.output = v),
    ),
    site(
      () => layer.mlp.input,
      (v) => void (layer.mlp.input = v),
    ),
    site(
      () => layer.mlp.up.input,
      (v) => void (layer.mlp.up.input = v),
    ),
    site(
      () => layer.mlp.down.output,
      (v) => void (layer.mlp.down.output = v),
    ),
    site(
      () => layer.mlp.output,
      (v) => void (layer.mlp.output = v),
    ),
    site(
      () => layer.output[0],
      (v) => void (layer.output[0] = v),
    ),
  ];
};

/** In module time. */
const sites: readonly Site[] = [
  site(
    () => model.embed.output,
    (v) => void (model.embed.output = v),
  ),
  ...block(0),
  ...block(1),
  site(
    () => model.twice.input,
    (v) => void (model.twice.input = v),
  ),
  site(
    () => model.twice.output,
    (v) => void (model.twice.output = v),
  ),
  site(
    () => model.twice.calls[1]!.input,
    (v) => void (model.twice.calls[1]!.input = v),
  ),
  site(
    () => model.twice.calls[1]!.output,
    (v) => void (model.twice.calls[1]!.output = v),
  ),
  site(
    () => model.head.input,
    (v) => void (model.head.input = v),
  ),
];

/** One thing that a program does; what the numbers mean depends on it. */
interface Step {
  readonly kind: (typeof kinds)[number];
  readonly a: number;
  readonly b: number;
  readonly k: number;
  readonly body: readonly Step[];
  readonly other: readonly Step[];
}

const kinds = [
  ...([
    "read",
    "read",
    "combine",
    "combine",
    "change",
    "write",
    "write",
    "region",
    "inPlace",
    "cond",
    "loop",
  ] as const),
  ...(["update", "log", "append", "apply", "call", "save"] as const),
];

const step = fc.letrec<{ step: Step; body: readonly Step[] }>((tie) => ({
  step: fc.record({
    kind: fc.constantFrom(...kinds),
    a: fc.nat(40),
    b: fc.nat(40),
    k: fc.constantFrom(-1, 0.5, 2, 0),
    body: tie("body"),
    other: tie("body"),
  }),
  body: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant([]),
    fc.array(tie("step"), { maxLength: 4 }),
  ),
})).step;
const steps = fc.array(step, { maxLength: 7 });

/** A value, and the place in `sites` that makes it so late. */
interface Held {
  readonly value: Tensor;
  readonly rank: number;
}

/** What a program being written can use. */
interface Scene {
  readonly pool: readonly Held[];
  readonly list: nnsight.Value<unknown[]>;
  readonly saved: unknown[];
  /** How late the conditions around are. */
  readonly rank: number;
  /** Calls of `twice` that are written, where their edges can be touched. */
  readonly calls?: { count: number };
  readonly context: Pick<Tracer, "cond" | "iter" | "log" | "apply">;
  readonly item?: Dynamic;
}

const changes: readonly ((x: Tensor, k: number) => Tensor)[] = [
  (x, k) => x.mul(k),
  (x, k) => x.add(k).tanh(),
  (x) => x.softmax(-1),
  (x) => x.sub(x.mean(-1, { keepdim: true })),
  (x, k) => x.setitem(k, ":", 0),
  (x) => ops.cat([x.at("...", "2:"), x.at("...", ":2")], -1),
  (x) => (x instanceof Tensor ? x.sort(-1).values : (x as Tensor).abs()),
  (x, k) => ops.where(x.gt(k), x, x.mul(0.5)),
];

const rankOf = step_("test.rank", (x: Tensor) => x.shape.length);

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length]!;

/** Writes a program's steps; what a body makes stays in it. */
function write(body: readonly Step[], scene: Scene): void {
  const pool = [...scene.pool];
  const { context, list, saved } = scene;
  const held = (n: number, latest = sites.length): Held | undefined => {
    const early = pool.filter(({ rank }) => rank <= latest);
    return early.length ? pick(early, n) : undefined;
  };
  const inner = (body: readonly Step[], rank: number, more: Partial<Scene> = {}): void =>
    write(body, { ...scene, pool, rank: Math.max(rank, scene.rank), ...more });
  for (const { kind, a, b, k, body: within, other } of body) {
    const at = a % sites.length;
    const one = held(a);
    if (kind === "read") pool.push({ value: sites[at]!.read(), rank: at });
    else if (kind === "write" || kind === "region" || kind === "inPlace") {
      if (at < scene.rank) continue;
      const present = sites[at]!.read();
      const item = scene.item ? present.mul(scene.item) : present;
      const made = pick(changes, b)(held(b, at)?.value.add(item) ?? item, k);
      if (kind === "write") sites[at]!.write(made);
      else if (kind === "region") present.set([":", b % 2], made.at(":", 0));
      else if (b % 2) present[0]!.fill(k);
      else present.mul_(k);
    } else if (kind === "change" && one) pool.push({ value: pick(changes, b)(one.value, k), rank: one.rank });
    else if (kind === "combine" && one) {
      const two = held(b)!;
      pool.push({ value: one.value.mul(0.5).sub(two.value), rank: Math.max(one.rank, two.rank) });
    } else if (kind === "cond" && one) {
      const yes = (): void => inner(within, one.rank);
      const no = (): void => inner(other, one.rank);
      const condition = one.value.sum().gt(k + 0.123);
      if (b % 2) context.cond(condition, yes, no);
      else context.cond(condition, yes);
    } else if (kind === "loop")
      context.iter([1, 0.5, -1].slice(0, b % 4), (item) => {
        const { calls: _, ...rest } = scene;
        write(within, { ...rest, pool, item });
      });
    else if (kind === "update" && one) one.value.update(pick(changes, b)(one.value, k));
    else if (kind === "log" && one) context.log(a, k, one.value.mul(0).abs().sum());
    else if (kind === "append") list.append(one && b % 2 ? one.value : (scene.item ?? k));
    else if (kind === "apply" && one) list.append(context.apply(rankOf, one.value));
    else if (kind === "call" && one) {
      const made = b % 2 ? model.layers[b % 2]!.mlp(one.value) : model.twice(one.value);
      const other = pick(changes, b)(held(b, one.rank)!.value, k);
      const rank = Math.max(one.rank, scene.rank);
      pool.push({ value: made, rank });
      if (b % 2 || !scene.calls) continue;
      const edges = model.twice.calls[2 + scene.calls.count++]!;
      if (k > 0) pool.push({ value: edges.output, rank });
      if (k < 1) edges.input = k ? other : edges.input.add(other);
      if (k === 2) edges.output = edges.output.sub(other);
    } else if (kind === "save" && one) saved.push(one.value.save());
  }
}

/** A trace's body; gives all that it saves. */
function body(
  program: readonly Step[],
  context: Scene["context"],
  pool: readonly Held[] = [],
  calls: Scene["calls"] | undefined = { count: 0 },
): unknown {
  const list = nnsight.list();
  const saved: unknown[] = [];
  const given = pool.map(({ value }) => ({ value, rank: 0 }));
  write(program, { pool: given, list, saved, rank: 0, context, ...(calls && { calls }) });
  return [list, saved, model.output];
}

const plain = (results: unknown): unknown =>
  mapTree(
    results,
    (x): x is Tensor | nnsight.Value => x instanceof Tensor || x instanceof nnsight.Value,
    (x) => {
      try {
        return x instanceof Tensor ? { shape: x.shape, data: [...x.data].map(Number) } : plain(x.value);
      } catch (error) {
        return (error as Error).message;
      }
    },
  );

let lines: string[] = [];
beforeEach(() => void vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line))));
afterEach(() => void vi.restoreAllMocks());

async function outcome(run: () => PromiseLike<unknown>): Promise<{ lines: string[]; result: unknown }> {
  lines = [];
  nnsight.resetContexts();
  try {
    const made = await run();
    return { lines, result: plain(made) };
  } catch (error) {
    if (!(error instanceof nnsight.NNsightError)) throw error;
    return { lines, result: String(error).split("\n")[0] };
  }
}

/** Equal, but for what float32 cannot tell apart. */
function near(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number")
    return Object.is(a, b) || Math.abs(a - b) <= 1e-4 * (1 + Math.abs(a));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value], i) => right[i]![0] === key && near(value, right[i]![1]))
  );
}

/** Runs it in pieces, directly, from its text, and from the bytes that a service would be sent. */
async function agree(run: () => PromiseLike<unknown>): Promise<void> {
  const local = await outcome(run);

  for (const other of [
    (p, r) => interpret(p, r),
    (p, r, backend) => runAsText(p, r, backend, { lines: false }).then(() => undefined),
    (p, r, backend) => runAsBytes(p, r, backend, new Map([["net", hosted]])),
  ] as Parameters<typeof intercept>[0][]) {
    const restore = intercept(other);
    const made = await outcome(run).finally(restore);
    if (!near(local, made)) expect(local).toEqual(made);
  }
}

const input = fc.constantFrom(...inputs);

test("a trace", async () => {
  const property = fc.asyncProperty(input, steps, fc.option(fc.nat(sites.length - 1)), (x, program, stop) =>
    agree(() =>
      model.trace(x, (tracer) => {
        const result = body(program, tracer);
        if (stop !== null) {
          sites[stop]!.read();
          tracer.stop();
        }
        return result;
      }),
    ),
  );
  await fc.assert(property, { numRuns: Number(process.env["RUNS"] ?? 120) });
});

test("invokes", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.tuple(input, steps), { minLength: 1, maxLength: 3 }),
    (invokes) =>
      agree(() =>
        model.trace((tracer) => {
          const calls = { count: 0 };
          return invokes.map(([x, program]) => tracer.invoke(x, () => body(program, tracer, [], calls)));
        }),
      ),
  );
  await fc.assert(property, { numRuns: Number(process.env["RUNS"] ?? 40) });
});

test("a session: values across traces, conditions and loops around them, exits", async () => {
  const part = fc.record({
    steps,
    around: fc.constantFrom("nothing", "cond", "loop"),
    leave: fc.constantFrom("no", "no", "loop", "session"),
    n: fc.nat(3),
  });
  const property = fc.asyncProperty(
    fc.constantFrom(inputs[1]!),
    fc.array(part, { minLength: 1, maxLength: 3 }),
    (x, parts) =>
      agree(() =>
        model.session((s) => {
          const kept: Tensor[] = [];
          const total = nnsight.float(0);
          const results = parts.map(({ steps: program, around, leave, n }) => {
            const pool = kept.map((value) => ({ value, rank: 0 }));
            const trace = (): unknown =>
              s.trace(model, x, (tracer) => {
                const result = body(program, tracer, pool);
                if (around === "nothing") kept.push(model.layers[n % 2]!.output[0]);
                return result;
              });
            if (around === "cond")
              return s.cond(kept.length ? kept[0]!.sum().gt(0.123) : n > 1, () => void trace());
            if (around === "nothing") return trace();
            return s.iter([1, 2, 3].slice(0, n), (item, iterator) => {
              total.update(total.add(item));
              for (const value of kept) value.update(value.mul(0.5));
              iterator.cond(item.eq(2), () => {
                if (leave === "loop") iterator.exit();
                if (leave === "session") s.exit();
              });
              return trace();
            });
          });
          return { results, kept, total };
        }),
      ),
  );
  await fc.assert(property, { numRuns: Number(process.env["RUNS"] ?? 45) });
});
