/** Runs programs within programs: the traces of a session, and loops. */
import { ValueError } from "../base/errors.ts";
import { settings } from "../base/settings.ts";
import { leavesOf } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { RegionStep } from "../compile/step.ts";
import { isResult, type Made, type Region, type Result } from "../ir/node.ts";
import type { LoopBody, TraceBody } from "../ir/region.ts";
import type { Backend, Request } from "./backend.ts";
import type { Values } from "./memory.ts";
import { reads, sharedBy, type Turn } from "./turns.ts";

/** Leaves a loop, or with none the whole session; it carries what the loops' variables hold from then on. */
export class Exit {
  constructor(
    readonly loop: LoopBody | undefined,
    readonly variables: ReadonlyMap<Result, Made>,
  ) {}
}

export async function runRegion(
  backend: Backend,
  { node, inputs, outputs }: RegionStep,
  values: Values,
  around: Request,
): Promise<void> {
  const { body } = node;
  const given = new Map<Result, Made>();
  body.given.forEach((inside, i) => void given.set(inside, reached(values.get(inputs[i]!), node)));
  const kept = new Map<Result, Made>();
  values.put(outputs[0]!, { plain: kept });
  const request = { ...around, given, kept };
  if (body.kind === "trace") await runTrace(backend, body, request);
  else values.put(outputs[1]!, { plain: await runLoop(backend, body, node, request) });
}

/** How many turns run side by side: more share more calls, take more memory, and keep their log lines back for longer. */
const mostBeside = 16;

type Inner = Request & { readonly given: Map<Result, Made> };

async function runTrace(backend: Backend, body: TraceBody, request: Inner): Promise<void> {
  const { given, kept, turn } = request;
  const fed = (): (Made | undefined)[] => leavesOf(body.feed.inputs, isResult).map((one) => given.get(one));
  if (turn && reads(turn.shared, fed())) await turn.first();
  const atEnd = turn?.atEnd ?? ((work: () => void): void => work());
  try {
    await backend.run(body.program(), { ...request, inputs: body.inputs(given) });
  } catch (error) {
    atEnd(() => body.fail(error));
    throw error;
  }
  atEnd(() => body.finish(kept));
}

/** The values of the last turn are kept; gives what each turn collects. */
async function runLoop(backend: Backend, body: LoopBody, node: Region, request: Inner): Promise<unknown[]> {
  const { given, kept } = request;
  const collected: unknown[] = [];
  const collect = (): void => void collected.push(body.collect(kept));
  const shared = settings.APP.MEMO && backend.beside ? sharedBy(body, given) : undefined;
  try {
    if (shared) await runBeside(backend, body, request, shared, collect);
    else await runInOrder(backend, body, node, request, collect);
  } catch (signal) {
    if (!(signal instanceof Exit)) throw signal;
    for (const [start, made] of signal.variables) if (given.has(start)) given.set(start, made);
    if (signal.loop !== body) throw signal;
  } finally {
    for (const { start } of body.variables) kept.set(start, given.get(start)!);
    body.finish(kept);
  }
  return collected;
}

async function runInOrder(
  backend: Backend,
  body: LoopBody,
  node: Region,
  request: Inner,
  collect: () => void,
): Promise<void> {
  const { given, kept } = request;
  const program = body.program();
  const item = body.given[0]!;
  for (const one of body.items(given.get(item)!)) {
    given.set(item, one);
    await backend.run(program, { ...request, inputs: [] });
    collect();
    const next = body.variables.map((variable) => reached(kept.get(variable.next), node));
    body.variables.forEach(({ start }, i) => void given.set(start, next[i]!));
  }
}

/** Turns that need nothing of each other, some at a time. */
async function runBeside(
  backend: Backend,
  body: LoopBody,
  request: Inner,
  shared: Turn["shared"],
  collect: () => void,
): Promise<void> {
  const { given, kept } = request;
  const program = body.program();
  const item = body.given[0]!;
  const run = async (one: Made, turn: Turn): Promise<void> => {
    const own = new Map<Result, Made>();
    turn.atEnd(() => {
      for (const [result, made] of own) kept.set(result, made);
    });
    const inside = new Map(given).set(item, one);
    await backend.run(program, { ...request, given: inside, kept: own, inputs: [], turn });
    turn.atEnd(collect);
  };
  for (const some of inGroups(body.items(given.get(item)!), mostBeside))
    await backend.beside!(
      shared,
      some.map((one) => (turn: Turn) => run(one, turn)),
    );
}

function* inGroups<T>(all: Iterable<T>, most: number): Generator<T[]> {
  let group: T[] = [];
  for (const one of all) {
    group.push(one);
    if (group.length < most) continue;
    yield group;
    group = [];
  }
  if (group.length) yield group;
}

/** @throws ValueError for a value of a branch that was not taken, or behind a stop */
function reached(made: Made | undefined, { where }: Region): Made {
  if (made) return made;
  throw new ValueError(
    `Accessing value before it's been set. It is used by the part opened at ${where ? lineOf(where) : "an unknown line"}, ` +
      "but the run did not reach it: it was made in a branch that was not taken, or after a stop.",
  );
}
