// Runs a recorded program step by step, as its definition says: in module time, then in the order of writing. It evaluates
// every op of the model and of the user by itself, in plain TypeScript, and knows nothing of pieces, pruning or ONNX.
import { leavesOf, mapTree } from "../../core/src/base/tree.ts";
import type { Fn } from "../../core/src/ir/fn.ts";
import {
  guardsOf,
  inputsOf,
  isResult,
  type Made,
  type Node,
  orderOf,
  type Region,
  type Result,
} from "../../core/src/ir/node.ts";
import { Clock, type Program } from "../../core/src/ir/program.ts";
import { compareTimes, start, type Time } from "../../core/src/ir/time.ts";
import { opNamed } from "../../core/src/ops/named.ts";
import type { Request } from "../../core/src/run/backend.ts";
import { decide } from "../../core/src/run/decide.ts";
import { Exit } from "../../core/src/run/regions.ts";
import type { Host } from "../../core/src/tensor/host.ts";

/** The forward has come to a stop. */
class Stopped {}

export async function interpret(program: Program, request: Request): Promise<void> {
  const run = new Run(program, request);
  try {
    await run.model();
  } catch (signal) {
    if (!(signal instanceof Stopped)) throw signal;
  } finally {
    run.keep();
  }
}

const truth = (made: Made): boolean => Number((made as Host).data[0]) !== 0;

class Run {
  readonly #clock = new Clock();
  readonly #values = new Map<Result, Made>();
  readonly #done = new Set<Node>();

  constructor(
    readonly program: Program,
    readonly request: Request,
  ) {
    for (const [result, made] of request.given ?? []) this.#values.set(result, made);
  }

  keep(): void {
    const { stop, saves } = this.program;
    for (const save of saves) {
      const made = this.#values.get(save.result);
      const late = stop && compareTimes(this.#clock.of(save.result.node).time, stop) > 0;
      if (made && !late && this.#taken(save)) this.request.kept.set(save.result, made);
    }
  }

  async model(): Promise<void> {
    const { root } = this.program;
    const passed = await this.#edge(start, this.request.inputs);
    const made = await this.#body(root, passed, []);
    await this.#edge([Number.POSITIVE_INFINITY], made);
  }

  async #body(fn: Fn, passed: readonly Made[], at: Time): Promise<Made[]> {
    const values = new Map<Result, Made>(fn.inputs.map((input, i) => [input.results[0]!, passed[i]!]));
    for (const [position, node] of fn.nodes.entries()) {
      let made: readonly Made[] = [];
      if (node.kind === "weight") made = [node.slot.read()];
      else if (node.kind === "constant") made = [node.value];
      else if (node.kind === "op") made = evaluated(node, (result) => values.get(result)!);
      else if (node.kind === "call") {
        const inputs = node.inputs.map((input) => values.get(input)!);
        made = await this.#call(node.fn, inputs, [...at, position]);
      } else continue;
      for (const [i, result] of node.results.entries()) values.set(result, made[i]!);
    }
    return leavesOf(fn.output, isResult).map((leaf) => values.get(leaf)!);
  }

  async #call(fn: Fn, inputs: readonly Made[], at: Time): Promise<Made[]> {
    const passed = await this.#edge([...at, -1], inputs);
    return this.#edge([...at, Number.POSITIVE_INFINITY], await this.#body(fn, passed, at));
  }

  /** Lets the user see an edge, runs all that is written for this time, and gives what the model goes on with. */
  async #edge(time: Time, values: readonly Made[]): Promise<Made[]> {
    const { stop, touches, nodes } = this.program;
    if (stop && compareTimes(time, stop) > 0) throw new Stopped();
    const here = touches.filter(
      ({ read: { node } }) => node.kind === "hook" && compareTimes(node.time, time) === 0,
    );
    for (const { index, read } of here) {
      this.#values.set(read, values[index]!);
      this.#done.add(read.node);
    }
    for (const node of nodes)
      if (node.kind !== "hook" && compareTimes(this.#clock.of(node).time, time) === 0) await this.#node(node);
    const next = [...values];
    for (const { index, write } of here) {
      if (!write) continue;
      await this.#node(write.node);
      next[index] = this.#values.get(write)!;
    }
    return next;
  }

  #taken(one: Parameters<typeof guardsOf>[0]): boolean {
    return guardsOf(one).every(({ decision, want }) => {
      const made = this.#values.get(decision);
      return made !== undefined && truth(made) === want;
    });
  }

  /** Runs a node, after those that it waits for; in a branch that is not taken, or without what it uses, it makes nothing. */
  async #node(node: Node): Promise<void> {
    if (this.#done.has(node) || node.kind === "given") return;
    this.#done.add(node);
    const guards = guardsOf(node).map(({ decision }) => decision);
    for (const before of [...inputsOf(node), ...orderOf(node), ...guards]) await this.#node(before.node);
    if (!this.#taken(node)) return;
    if (node.kind !== "merge" && inputsOf(node).some((input) => !this.#values.has(input))) return;
    const made = await this.#made(node);
    for (const [i, result] of node.results.entries()) if (made[i]) this.#values.set(result, made[i]);
  }

  async #made(node: Node): Promise<readonly (Made | undefined)[]> {
    const valueOf = (result: Result): Made => this.#values.get(result)!;
    switch (node.kind) {
      case "constant":
        return [node.value];
      case "op":
        return evaluated(node, valueOf);
      case "call":
        return this.#call(node.fn, node.inputs.map(valueOf), [...this.#clock.of(node).time, node.id]);
      case "decide":
        return [{ dtype: "bool", shape: [], data: Uint8Array.of(Number(decide(valueOf(node.condition)))) }];
      case "merge":
        return [valueOf(truth(valueOf(node.decision)) ? node.yes : node.no)];
      case "apply":
        return [node.run(node.args.map((arg) => mapTree(arg, isResult, valueOf)))];
      case "effect":
        this.request.onEvent({
          kind: "log",
          node,
          message: node.message.map((part) => mapTree(part, isResult, valueOf)),
        });
        return [];
      case "take":
        return [(valueOf(node.from) as { plain: Map<Result, Made> }).plain.get(node.of)];
      case "exit":
        throw new Exit(node.loop, new Map(node.variables.map((one, i) => [one, valueOf(node.inputs[i]!)])));
      case "region":
        return this.#region(node);
      default:
        return [];
    }
  }

  async #region({ body, inputs }: Region): Promise<Made[]> {
    const { onEvent } = this.request;
    const given = new Map(body.given.map((inside, i) => [inside, this.#values.get(inputs[i]!)!]));
    const kept = new Map<Result, Made>();
    if (body.kind === "trace") {
      await interpret(body.program(), { inputs: body.inputs(given), given, kept, onEvent });
      body.finish(kept);
      return [{ plain: kept }];
    }
    const list: unknown[] = [];
    const end = (): void => {
      for (const { start } of body.variables) kept.set(start, given.get(start)!);
      body.finish(kept);
    };
    for (const item of body.items(given.get(body.given[0]!)!)) {
      given.set(body.given[0]!, item);
      try {
        await interpret(body.program(), { inputs: [], given, kept, onEvent });
      } catch (signal) {
        if (!(signal instanceof Exit)) throw signal;
        for (const [variable, made] of signal.variables) if (given.has(variable)) given.set(variable, made);
        end();
        if (signal.loop !== body) throw signal;
        return [{ plain: kept }, { plain: list }];
      }
      list.push(body.collect(kept));
      const next = body.variables.map((variable) => kept.get(variable.next)!);
      for (const [i, { start }] of body.variables.entries()) given.set(start, next[i]!);
    }
    end();
    return [{ plain: kept }, { plain: list }];
  }
}

function evaluated(node: Extract<Node, { kind: "op" }>, valueOf: (result: Result) => Made): readonly Made[] {
  const inputs = node.inputs.map((input) => input && valueOf(input)) as Host[];
  const made = opNamed(node.op).evaluate(inputs, node.params);
  return Array.isArray(made) ? (made as Host[]) : [made as Host];
}
