/** Each rule by a program that breaks it, and by none else. */
import { beforeAll, describe, expect, test } from "vitest";
import { programsOf } from "../../../tests/core/programs.ts";
import * as nnsight from "../index.ts";
import { NNsight, nn, ops } from "../index.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Exit, Node, Region, Result } from "./node.ts";
import type { Program } from "./program.ts";
import type { LoopBody, TraceBody } from "./region.ts";
import { generous, verify } from "./verify.ts";

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const input = ops.rand([1, 5]);

/** A program with a condition, a write, and a module called by hand. */
let trace: Program;
/** A program with a loop, a trace in it and a variable. */
let session: Program;
/** A program in which an edge of a call by hand is read. */
let called: Program;
/** A program with an exit in a loop. */
let leaving: Program;

beforeAll(async () => {
  [trace] = (await programsOf(() =>
    tiny.trace(input, (tracer) => {
      nnsight.int(5);
      const hidden = tiny.layer1.output;
      tracer.cond(hidden.sum().gt(0), () => {
        tiny.layer1.output = hidden.mul(2);
      });
      return tiny.layer2(tiny.layer2.output).add(nnsight.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    }),
  )) as [Program];
  [session] = (await programsOf(() =>
    tiny.session((s) => {
      const total = s.trace(tiny, input, () => tiny.output.sum());
      s.iter([1, 2], () => {
        total.add_(s.trace(tiny, input, () => tiny.output.sum()));
        total.gt(0);
      });
      return total;
    }),
  )) as [Program];
  [called] = (await programsOf(() =>
    tiny.trace(input, () => {
      tiny.layer2(tiny.layer2.output).save();
      return tiny.layer2.calls[1]!.input;
    }),
  )) as [Program];
  [leaving] = (await programsOf(() =>
    tiny.session((s) => s.iter([1, 2], (_, iterator) => iterator.exit())),
  )) as [Program];
});

type Change = (node: Node, result: (old: Result) => Result) => object;

/** The program with the first node of a kind changed, and everything that refers to it. */
function changed(program: Program, kind: string, change: Change): Program {
  const results = new Map<Result, Result>();
  const again = (x: unknown): unknown => {
    if (typeof x !== "object" || x === null) return x;
    const known = results.get(x as Result);
    if (known || "node" in x) return known ?? x;
    if (Array.isArray(x)) return x.map(again);
    return "decision" in x
      ? Object.fromEntries(Object.entries(x).map(([key, value]) => [key, again(value)]))
      : x;
  };
  let done = false;
  const nodes = program.nodes.map((node) => {
    const made: Result[] = [];
    const copy = {
      ...Object.fromEntries(Object.entries(node).map(([key, x]) => [key, again(x)])),
      results: made,
    };
    if (!done && (node.kind === kind || (node.kind === "op" && node.op === kind))) {
      done = true;
      Object.assign(copy, change(copy as unknown as Node, again as (old: Result) => Result));
    }
    const types = "types" in copy ? (copy.types as Type[]) : node.results.map(({ type }) => type);
    if (copy.results === made)
      for (const [index, type] of types.entries()) {
        made.push({ node: copy as unknown as Node, index, type });
        if (node.results[index]) results.set(node.results[index], made[index]!);
      }
    return copy as unknown as Node;
  });
  if (!done) throw new Error(`there is no ${kind}`);
  const touches = program.touches.map((touch) => ({ ...touch, ...mapped(touch, ["read", "write"], again) }));
  const saves = program.saves.map((save) => ({ ...save, ...mapped(save, ["result"], again) }));
  return { ...program, nodes, touches, saves };
}

const mapped = (x: object, keys: readonly string[], again: (x: unknown) => unknown): object =>
  Object.fromEntries(
    Object.entries(x).flatMap(([key, value]) => (keys.includes(key) ? [[key, again(value)]] : [])),
  );

const typed = (dtype: Type["dtype"], ...shape: number[]): { types: Type[] } => ({
  types: [{ dtype, shape }],
});

const loopIn = (program: Program): LoopBody =>
  program.nodes.flatMap((node) =>
    node.kind === "region" && node.body.kind === "loop" ? [node.body] : [],
  )[0]!;

/** A program that ends with its loop, whose body is changed. */
function inLoop(program: Program, change: (body: LoopBody) => Partial<LoopBody>): Program {
  const index = program.nodes.findIndex((node) => node.kind === "region" && node.body.kind === "loop");
  const loop = program.nodes[index] as Region;
  const results: Result[] = [];
  const body = { ...loop.body } as LoopBody;
  Object.assign(body, change(body));
  const node: Region = { ...loop, body, results };
  for (const [at, { type }] of loop.results.entries()) results.push({ node, index: at, type });
  return { ...program, nodes: [...program.nodes.slice(0, index), node], saves: [] };
}

/** The program with its exits changed. */
const withExit = (program: Program, change: Partial<Exit>): Program => ({
  ...program,
  nodes: program.nodes.map((node) => (node.kind === "exit" ? { ...node, ...change } : node)),
});

test("programs as they are written keep every rule", () => {
  for (const program of [trace, session, called, leaving]) expect(() => verify(program)).not.toThrow();
  expect(() => verify(changed(trace, "mul", () => ({})))).not.toThrow();
  expect(() => verify(inLoop(session, () => ({})))).not.toThrow();
});

const broken: Record<string, () => Program> = {
  "a value before it is made": () => {
    const last = trace.nodes.at(-1)!;
    return changed(trace, "sum", () => ({ inputs: [last.results[0]!] }));
  },
  "a value of another program": () =>
    changed(trace, "sum", () => ({ inputs: [session.nodes.at(-1)!.results[0]!] })),
  "a save of nothing": () => ({ ...trace, saves: [{ result: session.nodes.at(-1)!.results[0]! }] }),
  "a number of a node that is another's": () => changed(trace, "mul", () => ({ id: 0 })),
  "a result of another node": () =>
    changed(trace, "sum", (node) => ({
      results: [{ node: { ...node }, index: 0, type: { dtype: "float32", shape: [] } }],
    })),
  "an op that is not in the table": () => changed(trace, "mul", () => ({ op: "constructor" })),
  "parameters that are no plain data": () => changed(trace, "sum", () => ({ params: { dim: () => 1 } })),
  "an op without its inputs": () => changed(trace, "mul", () => ({ inputs: [] })),
  "an op on what only the run knows": () =>
    changed(trace, "sum", (_, result) => ({ inputs: [result(trace.nodes[0]!.results[0]!)] })),
  "a type that the op does not give": () => changed(trace, "mul", () => typed("float32", 1, 11)),
  "a constant with too few values": () =>
    changed(trace, "constant", (node) => ({
      value: { ...(node as { value?: Host }).value!, data: new Float32Array(0) },
    })),
  "a module that the model does not have": () =>
    changed(trace, "hook", (node) => ({ hook: { ...(node as { hook?: object }).hook, module: "layer3" } })),
  "a call that the model does not make": () =>
    changed(trace, "hook", (node) => ({ hook: { ...(node as { hook?: object }).hook, call: 7 } })),
  "a hook of another type": () => changed(trace, "hook", () => typed("int64", 1, 10)),
  "a hook at another time": () => changed(trace, "hook", () => ({ time: [0] })),
  "a hook that is not listed": () => ({ ...trace, touches: trace.touches.slice(1) }),
  "a touch of another edge": () => ({
    ...trace,
    touches: trace.touches.map((touch, i) =>
      i ? touch : { ...touch, hook: { ...touch.hook, edge: "inputs" as const } },
    ),
  }),
  "a write of another type": () => {
    const sum = trace.nodes.find((node) => node.kind === "op" && node.op === "sum")!;
    return { ...trace, touches: trace.touches.map((touch) => ({ ...touch, write: sum.results[0]! })) };
  },
  "time travel": () => {
    const later = trace.touches.find(({ hook }) => hook.module === "layer2")!;
    return {
      ...trace,
      touches: trace.touches.map((touch) => (touch === later ? touch : { ...touch, write: later.read })),
    };
  },
  "a write of what the call itself gives": () => {
    const call = called.nodes.find(({ kind }) => kind === "call")!;
    return {
      ...called,
      touches: called.touches.map((touch) => ({
        ...touch,
        ...(touch.hook.call && { write: call.results[0]! }),
      })),
    };
  },
  "a branch of what decides nothing": () => {
    const sum = trace.nodes.find((node) => node.kind === "op" && node.op === "sum")!;
    return changed(trace, "mul", (_, result) => ({
      guard: { decision: result(sum.results[0]!), want: true },
    }));
  },
  "a merge of two types": () => {
    const sum = trace.nodes.find((node) => node.kind === "op" && node.op === "sum")!;
    return changed(trace, "merge", (_, result) => ({ yes: result(sum.results[0]!) }));
  },
  "a call with too many arguments": () =>
    changed(trace, "call", (node) => ({
      inputs: [...(node as { inputs?: Result[] }).inputs!, ...(node as { inputs?: Result[] }).inputs!],
    })),
  "a function with two results": () =>
    changed(trace, "apply", () => ({
      types: [...trace.nodes[0]!.results, ...trace.nodes[0]!.results].map(({ type }) => type),
    })),
  "a region that makes tensors": () =>
    changed(session, "region", () => ({
      types: [
        { dtype: "float32", shape: [] },
        { dtype: "float32", shape: [] },
      ],
    })),
  "a region that is given too little": () => inLoop(session, (body) => ({ given: body.given.slice(1) })),
  "a given of nothing": () => loopIn(session).program(),
  "a variable of something else": () =>
    inLoop(session, ({ variables }) => ({
      variables: [{ ...variables[0]!, next: session.nodes.at(-1)!.results[0]! }],
    })),
  "a variable that changes its type": () =>
    inLoop(session, ({ variables, program }) => {
      const compared = program().nodes.find((node) => node.kind === "op" && node.op === "gt")!;
      return { variables: [{ ...variables[0]!, next: compared.results[0]! }] };
    }),
  "taking from what holds nothing": () =>
    changed(session, "take", (_, result) => ({ from: result(session.nodes[0]!.results[1]!) })),
  "taking what is not saved": () =>
    changed(session, "take", () => ({ of: session.nodes.at(-1)!.results[0]! })),
  "leaving a loop from outside": () => inLoop(leaving, () => ({})),
  "variables of another loop": () =>
    inLoop(leaving, (loop) => {
      const exit = { loop, variables: [session.nodes[0]!.results[0]!], inputs: [loop.given[0]!] };
      return { program: () => withExit(loopIn(leaving).program(), exit) };
    }),
  "leaving a session from a trace": () => {
    const region = session.nodes[0] as Region;
    const exit = withExit(loopIn(leaving).program(), { loop: undefined });
    const program = {
      ...region.body.program(),
      nodes: exit.nodes.filter(({ kind }) => kind === "exit").map((node) => ({ ...node, id: 0 })),
      touches: [],
      saves: [],
    };
    const results: Result[] = [];
    const node: Region = {
      ...region,
      inputs: [],
      body: { ...region.body, given: [], program: () => program } as TraceBody,
      results,
    };
    for (const [at, { type }] of region.results.entries()) results.push({ node, index: at, type });
    return { ...session, nodes: [node], saves: [] };
  },
  "a parameter outside a module": () =>
    changed(trace, "constant", () => ({ kind: "weight", slot: { name: "weight" } })),
};

describe("a program is refused for", () => {
  test.each(Object.entries(broken))("%s", (_, make) => {
    let error: unknown;
    try {
      verify(make());
    } catch (one) {
      error = one;
    }
    expect(error).toBeInstanceOf(nnsight.NNsightError);
    expect(`${(error as Error).name}: ${(error as Error).message}`).toMatchSnapshot();
  });

  test.each([
    ["nodes", { nodes: 3 }],
    ["programs within programs", { depth: 0 }],
    ["bytes", { bytes: 8 }],
  ])("too many %s", (_, limit) => {
    const limits = { ...generous, ...limit };
    expect(() => {
      verify(trace, limits);
      verify(session, limits);
    }).toThrow(/limit/);
  });
});
