/** Runs programs on this machine: open, prune, cut, then piece after piece. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import { type CallPiece, cut, type Graphlet } from "../compile/cut.ts";
import { emit } from "../compile/emit.ts";
import { open } from "../compile/open.ts";
import { prune } from "../compile/prune.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Backend, Event } from "./backend.ts";
import { runHost } from "./host-steps.ts";
import { Values } from "./memory.ts";
import { Sessions } from "./sessions.ts";
import { toRuntime } from "./values.ts";

export class LocalBackend implements Backend {
  readonly #sessions = new Sessions();

  async run(program: Program, onEvent: (event: Event) => void): Promise<ReadonlyMap<Result, Made>> {
    const straight = open(program);
    const values = new Values();
    const pieces = cut(prune(straight), straight.wanted);
    for (const [done, piece] of pieces.entries()) {
      tellProgress(done, pieces.length);
      stopIfInterrupted();
      if (!values.taken(piece.branches)) continue;
      if (piece.kind === "host") runHost(piece.step, values, onEvent);
      else await this.#runGraph(piece, values);
    }
    tellProgress(pieces.length, pieces.length);
    const made = new Map<Result, Made>();
    for (const { result, value, branches } of straight.wanted) {
      const one = values.taken(branches) ? values.get(value) : undefined;
      if (one) made.set(result, one);
    }
    return made;
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

/** A kernel shows how far a long run is. */
function tellProgress(done: number, total: number): void {
  const tell = (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.progress")];
  if (typeof tell === "function") tell(done, total, "run");
}

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
