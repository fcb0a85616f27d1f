/** Runs programs on this machine: open, prune, cut, then piece after piece. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import { mapTree } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import { type CallPiece, cut, type Graphlet, type HostPiece } from "../compile/cut.ts";
import { emit } from "../compile/emit.ts";
import { open } from "../compile/open.ts";
import { prune } from "../compile/prune.ts";
import type { Var } from "../compile/step.ts";
import type { Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { opNamed } from "../ops/named.ts";
import type { Host } from "../tensor/host.ts";
import type { Backend, Event } from "./backend.ts";
import { Sessions } from "./sessions.ts";
import { toHost, toRuntime } from "./values.ts";

export class LocalBackend implements Backend {
  readonly #sessions = new Sessions();

  async run(program: Program, onEvent: (event: Event) => void): Promise<ReadonlyMap<Result, Host>> {
    const straight = open(program);
    const values = new Values();
    for (const piece of cut(prune(straight), straight.wanted.values())) {
      stopIfInterrupted();
      if (piece.kind === "host") runHost(piece, values, onEvent);
      else await this.#runGraph(piece, values);
    }
    return new Map([...straight.wanted].map(([result, value]) => [result, values.host(value)]));
  }

  async #runGraph(piece: CallPiece | Graphlet, values: Values): Promise<void> {
    const { inputs, outputs } = piece.kind === "call" ? piece.step : piece;
    try {
      const compiled = emit(piece);
      const session = await this.#sessions.get(compiled);
      const feeds: Record<string, ort.Tensor> = {};
      inputs.forEach((input, i) => void (feeds[compiled.inputs[i]!] = values.runtime(input!)));
      for (const [name, host] of compiled.feeds) feeds[name] = toRuntime(host);
      const made = await session.run(feeds);
      outputs.forEach((output, i) => void values.set(output, made[compiled.outputs[i]!]!));
    } catch (error) {
      throw explain(error, piece);
    }
  }
}

/** A kernel sets this word of shared memory to 1 when its user asks to stop, also while native code runs. */
const interruptFlag = Symbol.for("nnsight.interrupt");

/** @throws RuntimeError when the user has asked to stop: between pieces nothing is lost */
function stopIfInterrupted(): void {
  const flag = (globalThis as Record<symbol, unknown>)[interruptFlag];
  if (flag instanceof Int32Array && Atomics.load(flag, 0) === 1)
    throw new RuntimeError("the run was interrupted before its end; nothing of it was saved.");
}

/** What has been made so far. */
class Values {
  readonly #made = new Map<Var, ort.Tensor>();

  set(value: Var, made: ort.Tensor): void {
    this.#made.set(value, made);
  }

  runtime(value: Var): ort.Tensor {
    const made = this.#made.get(value);
    if (made) return made;
    const fresh = toRuntime(sourceOf(value));
    this.#made.set(value, fresh);
    return fresh;
  }

  host(value: Var): Host {
    const made = this.#made.get(value);
    return made ? toHost(made) : sourceOf(value);
  }
}

function sourceOf({ source }: Var): Host {
  if (!source)
    throw new RuntimeError(
      "a value is used before the step that makes it: this is a fault of nnsight-ts, please report it.",
    );
  return source.kind === "weight" ? source.slot.read() : source.value;
}

function runHost({ step }: HostPiece, values: Values, onEvent: (event: Event) => void): void {
  if (step.kind === "effect") {
    const message = step.message.map((part) => mapTree(part, isVar, (value) => values.host(value)));
    onEvent({ kind: "log", node: step.node, message });
    return;
  }
  const inputs = step.inputs.map((input) => input && values.host(input)) as Host[];
  const made = opNamed(step.node.op).evaluate(inputs, step.node.params);
  const hosts = (Array.isArray(made) ? made : [made]) as Host[];
  step.outputs.forEach((output, i) => void values.set(output, toRuntime(hosts[i]!)));
}

const isVar = (x: unknown): x is Var =>
  typeof x === "object" && x !== null && "type" in x && typeof x.type === "object" && !("data" in x);

/** ONNX Runtime's words with the user's line, where the piece has one. */
function explain(error: unknown, piece: CallPiece | Graphlet): Error {
  const steps = piece.kind === "call" ? [piece.step] : piece.steps;
  const lines = steps.flatMap((step) =>
    step.kind === "op" && step.node.where ? [`${step.node.op} at ${lineOf(step.node.where)}`] : [],
  );
  const modules = steps.flatMap((step) => (step.kind === "call" ? [step.path] : []));
  const where = lines.length ? lines.join(", ") : modules.join(", ") || "the model";
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(`the run failed in ${where}: ${reason}`, { cause: error });
}
