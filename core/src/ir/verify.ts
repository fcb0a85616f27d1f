/** The rules of a well-formed program, for one that comes from elsewhere: nothing that it says of itself is believed. */
import { AttributeError, RuntimeError, ShapeError, TypeError, ValueError } from "../base/errors.ts";
import { leavesOf, mapTree, printPath } from "../base/tree.ts";
import { printType } from "../tensor/type.ts";
import { callsIn, circular, type EdgePlace, edgeOf } from "./edges.ts";
import { edgeKey, printHook } from "./hook.ts";
import {
  type Call,
  type Exit,
  type Gradient,
  guardsOf,
  type HookNode,
  inputsOf,
  isResult,
  type Merge,
  type Node,
  orderOf,
  type Region,
  type Result,
  type Take,
} from "./node.ts";
import { Clock, nothing, type Program, type Touch } from "./program.ts";
import type { LoopBody } from "./region.ts";
import { compareTimes } from "./time.ts";
import { fits } from "./types.ts";
import { verifyConstant, verifyOp } from "./verify-values.ts";

/** How large a program may be, all that is within it counted. */
export interface Limits {
  readonly nodes: number;
  /** Programs within programs, and branches within branches. */
  readonly depth: number;
  /** Of its constants. */
  readonly bytes: number;
}

export const generous: Limits = { nodes: 100_000, depth: 32, bytes: 2 ** 28 };

/**
 * @throws RuntimeError for what is used before it is made, or in a place that is not its own; ShapeError and TypeError for
 * types that are not what the rules give; AttributeError for edges that the model does not have; ValueError beyond the limits
 */
export function verify(program: Program, limits: Limits = generous): void {
  new Verifier(program, {
    limits,
    spent: { nodes: 0, bytes: 0 },
    depth: 0,
    given: [],
    loops: [],
    inSession: true,
  }).verify();
}

/** What is around a program. */
interface Around {
  readonly limits: Limits;
  /** Shared by all programs of the whole. */
  readonly spent: { nodes: number; bytes: number };
  readonly depth: number;
  /** What it is given. */
  readonly given: readonly Result[];
  /** The loops that it can leave, outermost first. */
  readonly loops: readonly LoopBody[];
  /** Whether no trace of a model is around it, so that it can leave the whole session. */
  readonly inSession: boolean;
}

class Verifier {
  readonly #made = new Set<Result>();
  readonly #clock = new Clock();
  readonly #edges = new Map<string, EdgePlace | undefined>();
  readonly #calls: Call[] = [];
  readonly #inner = new Map<Result, Program>();

  constructor(
    readonly program: Program,
    readonly around: Around,
  ) {}

  verify(): void {
    const { nodes, touches, saves } = this.program;
    const { limits, spent, depth, given } = this.around;
    if (depth > limits.depth)
      throw new ValueError(`the program nests deeper than ${limits.depth} programs, which is the limit.`);
    spent.nodes += nodes.length;
    if (spent.nodes > limits.nodes)
      throw new ValueError(`the program has more than ${limits.nodes} nodes, which is the limit.`);
    for (const [place, node] of nodes.entries()) this.#node(node, place);
    for (const result of given) this.#need(result, "what it is given");
    for (const touch of touches) this.#touch(touch);
    const read = new Set(touches.map((touch) => touch.read));
    for (const node of nodes)
      if (node.kind === "hook" && !read.has(node.results[0]!))
        throw new RuntimeError(`${nameOf(node)} reads an edge that the program does not list as touched.`);
    for (const save of saves) {
      this.#need(save.result, "a save");
      this.#guards(save, "a save");
    }
  }

  get #inSession(): boolean {
    return this.around.inSession && this.program.root === nothing;
  }

  #node(node: Node, place: number): void {
    const what = nameOf(node);
    if (node.id !== place) throw new RuntimeError(`${what} stands at place ${place}.`);
    for (const input of [...inputsOf(node), ...orderOf(node)]) this.#need(input, what);
    this.#guards(node, what);
    this.#rule(node, what);
    for (const [i, result] of node.results.entries()) {
      if (result.node !== node || result.index !== i)
        throw new RuntimeError(`result ${i} of ${what} says that another node makes it.`);
      this.#made.add(result);
    }
    if (node.results.length !== (counts[node.kind] ?? node.results.length))
      throw new RuntimeError(`${what} makes ${node.results.length} values, which its kind does not.`);
    this.#clock.of(node);
  }

  #rule(node: Node, what: string): void {
    const { spent, limits, given } = this.around;
    if (node.kind === "op") verifyOp(node, what);
    else if (node.kind === "constant") {
      spent.bytes += verifyConstant(node, what);
      if (spent.bytes > limits.bytes)
        throw new ValueError(
          `the constants of the program have more than ${limits.bytes} bytes, which is the limit.`,
        );
    } else if (node.kind === "given") {
      if (!given.includes(node.results[0]!))
        throw new RuntimeError(`${what} is given by nothing around the program.`);
    } else if (node.kind === "hook") this.#hook(node, what);
    else if (node.kind === "call") {
      callFits(node, what);
      this.#calls.push(node);
    } else if (node.kind === "merge") this.#merge(node, what);
    else if (node.kind === "region") this.#region(node, what);
    else if (node.kind === "take") this.#take(node, what);
    else if (node.kind === "exit") this.#exit(node, what);
    else if (node.kind === "gradient") this.#gradient(node, what);
    else if (node.kind === "input" || node.kind === "weight")
      throw new RuntimeError(`${what} belongs in the body of a module.`);
  }

  #need(result: Result, what: string): void {
    if (this.#made.has(result)) return;
    throw new RuntimeError(
      `${what} uses a value of ${nameOf(result.node)}, which is not made before it in this program.`,
    );
  }

  #guards(one: Parameters<typeof guardsOf>[0], what: string): void {
    const guards = guardsOf(one);
    if (guards.length > this.around.limits.depth)
      throw new ValueError(
        `${what} stands in more than ${this.around.limits.depth} branches, which is the limit.`,
      );
    for (const { decision } of guards) this.#decision(decision, what);
  }

  #decision(decision: Result, what: string): void {
    this.#need(decision, what);
    if (decision.node.kind !== "decide")
      throw new RuntimeError(`${what} depends on ${nameOf(decision.node)}, which decides nothing.`);
  }

  /** Where the edge of a hook is, or nothing when the model has none. */
  #edge({ hook }: HookNode): EdgePlace | undefined {
    const key = edgeKey(hook);
    if (!this.#edges.has(key)) {
      const { root } = this.program;
      const found = callsIn({ root, calls: this.#calls, clock: this.#clock }, hook.module)[hook.call];
      this.#edges.set(key, found && edgeOf(found, hook.edge));
    }
    return this.#edges.get(key);
  }

  #hook(node: HookNode, what: string): void {
    const edge = this.#edge(node);
    const place = placesOf(edge).indexOf(printPath(node.hook.leaf));
    if (!edge || place < 0)
      throw new AttributeError(`${what} reads ${printHook(node.hook)}, which the model does not have.`);
    const { type } = edge.leaves[place]!;
    const read = node.results[0]?.type;
    if (node.results.length !== 1 || !read || read.dynamic || !fits(read, type))
      throw new ShapeError(
        `${what} says that it is ${read && printType(read)}, but it is ${printType(type)}.`,
      );
    if (compareTimes(edge.time, node.time) !== 0)
      throw new RuntimeError(`${what} says that it is reached at another time than it is.`);
  }

  #touch({ hook, index, read, write }: Touch): void {
    const what = printHook(hook);
    this.#need(read, what);
    const { node } = read;
    if (
      node.kind !== "hook" ||
      edgeKey(node.hook) !== edgeKey(hook) ||
      placesOf(this.#edge(node))[index] !== printPath(hook.leaf) ||
      printPath(node.hook.leaf) !== printPath(hook.leaf)
    )
      throw new RuntimeError(
        `the program lists ${what} as touched, but ${nameOf(node)} reads something else.`,
      );
    if (!write) return;
    this.#need(write, what);
    if (write.type.dynamic || !fits(read.type, write.type))
      throw new ShapeError(`${what} is ${printType(read.type)}, but ${printType(write.type)} is written.`);
    const call = circular({ calls: this.#calls, clock: this.#clock }, node.time, write);
    if (call)
      throw new RuntimeError(
        `what is written to ${what} follows from ${nameOf(call)}, which comes after it.`,
      );
    const { time, cause } = this.#clock.of(write.node);
    if (compareTimes(time, node.time) > 0)
      throw new RuntimeError(
        `${cause ? printHook(cause) : "the value"} is made after ${what} in the run of the model, so it cannot be written there.`,
      );
  }

  #merge(node: Merge, what: string): void {
    this.#decision(node.decision, what);
    const type = node.results[0]?.type;
    if (node.results.length === 1 && type && fits(type, node.yes.type) && fits(type, node.no.type)) return;
    throw new ShapeError(
      `${what} is said to be ${type && printType(type)}, but its branches give ${printType(node.yes.type)} and ${printType(node.no.type)}.`,
    );
  }

  #gradient({ role, inputs, results, pass }: Gradient, what: string): void {
    const [of, value] = inputs as [Result, Result?];
    const counts = { from: [1, 2], of: [1], write: [2] }[role];
    if (!counts.includes(inputs.length) || results.length !== Number(role === "of"))
      throw new RuntimeError(`${what} has ${inputs.length} inputs and ${results.length} results.`);
    const { from } = pass;
    if (!from || !this.program.nodes.includes(from))
      throw new RuntimeError(`${what} is of a backward pass that does not begin in this program.`);
    for (const other of [value, ...results])
      if (other && !fits(of.type, other.type))
        throw new ShapeError(
          `${what} is of ${printType(of.type)}, but its gradient is said to be ${printType(other.type)}.`,
        );
  }

  #region(node: Region, what: string): void {
    const { body, inputs, results } = node;
    if (results.length !== 2 || !results.every(({ type }) => type.dynamic))
      throw new TypeError(`${what} gives two values that only the run knows.`);
    if (body.given.length !== inputs.length || (body.kind === "loop" && inputs.length === 0))
      throw new RuntimeError(
        `${what} is given ${inputs.length} values, but its body takes ${body.given.length}.`,
      );
    for (const [i, inside] of body.given.entries())
      if (!inside.type.dynamic && (inputs[i]!.type.dynamic || !fits(inside.type, inputs[i]!.type)))
        throw new ShapeError(
          `${what} is given ${printType(inputs[i]!.type)} where its body takes ${printType(inside.type)}.`,
        );
    const program = body.program();
    const { limits, spent, depth, loops } = this.around;
    const within = { limits, spent, depth: depth + 1, given: body.given, inSession: this.#inSession };
    new Verifier(program, { ...within, loops: body.kind === "loop" ? [...loops, body] : [] }).verify();
    if (body.kind === "loop") variablesFit(body, program, what);
    this.#inner.set(results[0]!, program);
  }

  #take(node: Take, what: string): void {
    const inner = this.#inner.get(node.from);
    if (!inner)
      throw new RuntimeError(`${what} takes from ${nameOf(node.from.node)}, which holds no program.`);
    if (!inner.saves.some(({ result }) => result === node.of))
      throw new RuntimeError(
        `${what} takes a value of ${nameOf(node.of.node)} that the program within does not save.`,
      );
    if (node.results.length !== 1 || !fits(node.results[0]!.type, node.of.type))
      throw new ShapeError(`${what} has another type than the value that it takes.`);
  }

  #exit(node: Exit, what: string): void {
    const { loops } = this.around;
    const from = node.loop ? loops.indexOf(node.loop) : 0;
    if (from < 0 || !(node.loop || this.#inSession))
      throw new RuntimeError(`${what} leaves a loop or session that it does not stand in.`);
    const left = new Set(loops.slice(from).flatMap(({ given }) => given));
    if (node.variables.length !== node.inputs.length || node.variables.some((one) => !left.has(one)))
      throw new RuntimeError(`${what} sets variables of other loops than it leaves.`);
  }
}

/** How many values a node makes, where its kind says so. */
const counts: Partial<Record<Node["kind"], number>> = { effect: 0, exit: 0, apply: 1, decide: 1, given: 1 };

const nameOf = (node: Node): string => `node ${node.id} (${node.kind === "op" ? node.op : node.kind})`;

function placesOf(edge: EdgePlace | undefined): string[] {
  const places: string[] = [];
  mapTree(edge?.tree, isResult, (_, path) => void places.push(printPath(path)));
  return places;
}

function callFits({ fn, inputs, results }: Call, what: string): void {
  const outputs = leavesOf(fn.output, isResult);
  const taken = fn.inputs.map((input) => input.results[0]!);
  const same = (given: readonly Result[], own: readonly Result[]): boolean =>
    given.length === own.length && given.every(({ type }, i) => !type.dynamic && fits(type, own[i]!.type));
  if (!same(inputs, taken) || !same(results, outputs))
    throw new ShapeError(
      `${what} passes ${typesText(inputs)} and gets ${typesText(results)}, but the module takes ${typesText(taken)} and gives ${typesText(outputs)}.`,
    );
}

const typesText = (results: readonly Result[]): string =>
  `(${results.map(({ type }) => printType(type)).join(", ")})`;

function variablesFit(body: LoopBody, { nodes }: Program, what: string): void {
  const made = new Set(nodes.flatMap(({ results }) => results));
  for (const { start, next } of body.variables) {
    if (!body.given.includes(start) || !made.has(next))
      throw new RuntimeError(`a variable of ${what} is none of its body.`);
    if (!fits(start.type, next.type))
      throw new ShapeError(
        `a variable of ${what} is ${printType(start.type)} before a turn and ${printType(next.type)} after it.`,
      );
  }
}
