/** Runs programs on this machine: plan, then stage after stage. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import { settings } from "../base/settings.ts";
import { lineOf } from "../base/where.ts";
import type { CallPiece, Graphlet } from "../compile/cut.ts";
import type { Compiled } from "../compile/emit.ts";
import type { Program } from "../ir/program.ts";
import type { Backend, Request } from "./backend.ts";
import { runHost } from "./host-steps.ts";
import { locate } from "./located.ts";
import { identityOf, Memo } from "./memo.ts";
import { Values } from "./memory.ts";
import { type GraphStage, planOf } from "./plan.ts";
import { runRegion } from "./regions.ts";
import { Sessions } from "./sessions.ts";

export class LocalBackend implements Backend {
  readonly #sessions = new Sessions();
  /** What was computed before. */
  readonly memo = new Memo();

  async run(program: Program, request: Request): Promise<void> {
    const { stages, wanted, pruned } = planOf(program);
    request.onPlan?.(pruned);
    // What runs inside another program is one of that program's stages.
    const tell = request.given ? undefined : tellProgress;
    const values = new Values(request.inputs, request.given);
    try {
      for (const [done, stage] of stages.entries()) {
        tell?.(done, stages.length);
        stopIfInterrupted();
        if (values.taken(stage.branches)) {
          if (stage.kind === "graph") await this.#runGraph(stage, values, request);
          else if (stage.step.kind === "region") await runRegion(this, stage.step, values, request);
          else runLocated(stage.step, values, request, program);
        }
        for (const value of stage.done) values.drop(value);
      }
      tell?.(stages.length, stages.length);
    } finally {
      for (const { result, value, branches } of wanted) {
        const one = values.taken(branches) ? values.get(value) : undefined;
        if (one) request.kept.set(result, one);
      }
    }
  }

  async #runGraph(
    { piece, name, inputs, outputs, compiled }: GraphStage,
    values: Values,
    { onPiece }: Request,
  ) {
    const since = onPiece ? performance.now() : 0;
    try {
      const { graph, feeds, identity } = compiled();
      const fed = inputs.map((input) => values.runtime(input));
      const key = settings.APP.MEMO ? `${identity}${fed.map(identityOf).join()}` : "";
      const known = key ? this.memo.get(key) : undefined;
      const made = this.#sessions.made;
      const results = known ?? (await this.#compute(graph, feeds, fed));
      if (!known && key) this.memo.set(key, results);
      outputs.forEach((output, i) => void values.set(output, results[i]!));
      onPiece?.({
        piece: name,
        by: known ? "memo" : "ran",
        compiled: this.#sessions.made > made,
        milliseconds: performance.now() - since,
        bytes: results.reduce((sum, { data }) => sum + (data as Uint8Array).byteLength, 0),
      });
    } catch (error) {
      throw explain(error, piece);
    }
  }

  async #compute(
    graph: Compiled,
    feeds: Readonly<Record<string, ort.Tensor>>,
    inputs: readonly ort.Tensor[],
  ): Promise<ort.Tensor[]> {
    const session = await this.#sessions.get(graph);
    const fed: Record<string, ort.Tensor> = { ...feeds };
    inputs.forEach((input, i) => void (fed[graph.inputs[i]!] = input));
    const made = await session.run(fed);
    return graph.outputs.map((name) => made[name]!);
  }
}

function runLocated(
  step: Parameters<typeof runHost>[0],
  values: Values,
  { onEvent }: Request,
  program: Program,
): void {
  try {
    runHost(step, values, onEvent);
  } catch (error) {
    locate(error, step, program);
    throw error;
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
