/** Runs programs on this machine: plan, then stage after stage. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import { settings } from "../base/settings.ts";
import { lineOf } from "../base/where.ts";
import type { CallPiece, Graphlet } from "../compile/cut.ts";
import type { Unit } from "../compile/step.ts";
import type { Program } from "../ir/program.ts";
import type { Backend, Request } from "./backend.ts";
import { type Answer, type Asked, askedFor, Calls, joinKey, keyOf } from "./calls.ts";
import { recognise } from "./changes.ts";
import { runHost } from "./host-steps.ts";
import { interruptCheck } from "./interrupts.ts";
import { locate } from "./located.ts";
import { Memo } from "./memo.ts";
import { Values } from "./memory.ts";
import { type GraphStage, planOf, type Ready, type RowsStage, readyCall, type Stage } from "./plan.ts";
import { runRegion } from "./regions.ts";
import { Sessions } from "./sessions.ts";
import { bytesOf } from "./slices.ts";
import type { Own } from "./templates.ts";
import { Wave } from "./wave.ts";

export class LocalBackend implements Backend {
  readonly sessions = new Sessions();
  /** What was computed before. */
  readonly memo = new Memo();
  readonly #calls = new Calls(this.sessions, this.memo);
  #wave: Wave | undefined;

  /** Runs that are begun in `work` share calls where they stand at the same part of the model. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    if (this.#wave) return work();
    this.#wave = new Wave(this.#calls, interruptCheck());
    try {
      return await work();
    } finally {
      this.#wave = undefined;
    }
  }

  async run(program: Program, request: Request): Promise<void> {
    // What runs inside another program is a part of that one's run.
    const wave = request.given ? undefined : this.#wave;
    wave?.begin();
    try {
      await this.#run(program, request);
    } finally {
      wave?.end();
    }
  }

  async #run(program: Program, request: Request): Promise<void> {
    const {
      plan: { stages, wanted, pruned },
      own,
    } = planOf(program);
    request.onPlan?.(pruned);
    // What runs inside another program is one of that program's stages, and what runs with others tells of its own.
    const tell = request.given || this.#wave ? undefined : progressOf();
    const values = new Values(request.inputs, request.given, own);
    const stopIfInterrupted = interruptCheck();
    try {
      let done = 0;
      while (done < stages.length) {
        const stage = stages[done]!;
        tell?.(done, stages.length);
        stopIfInterrupted();
        const stretch =
          stage.kind === "graph" && !this.#wave ? await this.#runStretch(stage, values, request) : [];
        if (stretch.length === 0 && values.taken(stage.branches)) {
          if (stage.kind === "rows") await this.#runRows(stage, values, request);
          else if (stage.kind === "graph") await this.#runGraph(stage, values, request);
          else if (stage.step.kind === "region") await runRegion(this, stage.step, values, request);
          else runLocated(stage.step, values, request, program);
        }
        for (const one of stretch.length ? stretch : [stage])
          for (const value of one.done) values.drop(value);
        done += Math.max(1, stretch.length);
      }
      tell?.(stages.length, stages.length);
    } finally {
      for (const { result, value, branches } of wanted) {
        const one = values.taken(branches) ? values.get(value) : undefined;
        if (one) request.kept.set(own.result(result), one);
      }
    }
  }

  /** Calls of one function, those that are not remembered as rows of one. */
  async #runRows({ stages }: RowsStage, values: Values, request: Request): Promise<void> {
    if (this.#wave && settings.APP.MEMO) {
      await Promise.all(stages.map((stage) => this.#runGraph(stage, values, request)));
      return;
    }
    const open = new Map<string, [GraphStage, Asked][]>();
    for (const stage of stages) {
      const asked = askedFor(
        stage.call!,
        stage.compiled(),
        stage.inputs.map((input) => values.runtime(input)),
      );
      const known = settings.APP.MEMO ? this.memo.get(asked.key) : undefined;
      if (known) this.#settle(stage, { outputs: known, by: "memo" }, values, request, { milliseconds: 0 });
      else open.set(joinKey(asked), [...(open.get(joinKey(asked)) ?? []), [stage, asked]]);
    }
    for (const group of open.values()) {
      const since = performance.now();
      const answers = await this.#calls.rows(group.map(([, asked]) => asked)).catch((error: unknown) => {
        throw explain(error, group[0]![0].piece, values.own);
      });
      const milliseconds = (performance.now() - since) / group.length;
      for (const [i, [stage, asked]] of group.entries()) {
        if (settings.APP.MEMO) this.memo.set(asked.key, answers[i]!.outputs);
        this.#settle(stage, answers[i]!, values, request, { milliseconds });
      }
    }
  }

  /** Neighbouring blocks as one call, where none of it is remembered. @returns those that were run */
  async #runStretch(first: Stage & GraphStage, values: Values, request: Request): Promise<readonly Stage[]> {
    const { next, call } = first;
    if (!next || !call) return [];
    const since = performance.now();
    try {
      const inputs = first.inputs.map((input) => values.runtime(input));
      const asked = askedFor(call, first.compiled(), inputs);
      const remembers = settings.APP.MEMO;
      if (remembers && (this.memo.get(asked.key) || this.#calls.begins(asked))) return [];
      const all = [first, ...next].slice(0, mostBlocks(inputs));
      // What the next block alone reads need not come back, unless it is to be remembered.
      const wanted = all.map((_, i) => {
        const after = all[i + 1];
        return remembers || !after?.done.includes(all[i]!.outputs[0]!);
      });
      const before = this.sessions.making;
      const results = await this.#calls.stretch(asked, wanted);
      if (!results) return [];
      const making = this.sessions.making - before;
      const milliseconds = (performance.now() - since - making) / all.length;
      const how = { by: "ran", ...(all.length > 1 && { stretch: all.length }) } as const;
      for (const [i, stage] of all.entries()) {
        const result = results[i];
        if (result && remembers) {
          const own = stage.inputs.map((input) => values.runtime(input));
          this.memo.set(keyOf(stage.compiled(), own), [result]);
        }
        if (result) values.set(stage.outputs[0]!, result);
        const bytes = result ? bytesOf(result) : 0;
        const own = i === 0 ? making : 0;
        request.onPiece?.({
          piece: stage.name,
          ...how,
          ...compiledIn(own),
          milliseconds: milliseconds + own,
          bytes,
        });
      }
      return all;
    } catch (error) {
      throw explain(error, first.piece, values.own);
    }
  }

  /** Puts in what a stage has made, and tells of it. */
  #settle(
    { name, outputs }: GraphStage,
    { outputs: results, ...how }: Answer,
    values: Values,
    { onPiece }: Request,
    { milliseconds, making = 0 }: { readonly milliseconds: number; readonly making?: number },
  ): void {
    outputs.forEach((output, i) => void values.set(output, results[i]!));
    const bytes = outputs.reduce((sum, _, i) => sum + bytesOf(results[i]!), 0);
    onPiece?.({ piece: name, ...how, ...compiledIn(making), milliseconds, bytes });
  }

  async #runGraph(stage: GraphStage, values: Values, request: Request) {
    const since = performance.now();
    try {
      const before = this.sessions.making;
      const inputs = stage.inputs.map((input) => values.runtime(input));
      const answer = await this.#answer(stage, stage.compiled(), inputs, values);
      const making = this.sessions.making - before;
      this.#settle(stage, answer, values, request, { milliseconds: performance.now() - since, making });
    } catch (error) {
      throw explain(error, stage.piece, values.own);
    }
  }

  async #answer(
    { call, units, positions }: GraphStage,
    ready: Ready,
    inputs: readonly ort.Tensor[],
    values: Values,
  ): Promise<Answer> {
    const remembers = settings.APP.MEMO;
    const key = remembers ? keyOf(ready, inputs) : "";
    const known = remembers ? this.memo.get(key) : undefined;
    if (known) return { outputs: known, by: "memo" };
    if (call) {
      const asked: Asked = { fn: call.fn, at: call.at, ready, inputs, key };
      if (!remembers) return this.#calls.whole(asked);
      if (this.#wave) return this.#wave.ask(asked);
      const answer = await this.#calls.one(asked);
      this.memo.set(key, answer.outputs);
      return answer;
    }
    const made = await this.#compute(ready, inputs);
    if (!remembers) return { outputs: made, by: "ran" };
    const before = [
      ...inputs,
      ...(positions.some((at) => at !== undefined) ? await this.#untouched(units, values) : []),
    ];
    let same = positions.length > 0;
    const outputs = made.map((output, i) => {
      const at = positions[i];
      const found = at === undefined ? output : recognise(output, before, at);
      same &&= found !== output;
      return found;
    });
    this.memo.set(key, outputs);
    return { outputs, by: "ran", ...(same && { same }) };
  }

  /** What opened units would have given untouched, if that is remembered; runs that go together make it, as it serves many. */
  async #untouched(units: readonly Unit[], values: Values): Promise<ort.Tensor[]> {
    const all: ort.Tensor[] = [];
    for (const unit of units) {
      if (!unit.inputs.every((input) => values.has(input))) continue;
      const ready = readyCall(unit);
      const asked = askedFor(
        unit,
        ready,
        unit.inputs.map((input) => values.runtime(input)),
      );
      const known = this.memo.get(asked.key) ?? (await this.#wave?.ask(asked))?.outputs ?? [];
      all.push(...known.slice(0, ready.graph.outputs.length));
    }
    return all;
  }

  async #compute({ graph, feeds }: Ready, inputs: readonly ort.Tensor[]): Promise<ort.Tensor[]> {
    const fed: Record<string, ort.Tensor> = { ...feeds };
    inputs.forEach((input, i) => void (fed[graph.inputs[i]!] = input));
    const made = await this.sessions.run(graph, fed);
    return graph.outputs.map((name) => made[name]!);
  }
}

const compiledIn = (making: number) => ({ compiled: making > 0, ...(making > 0 && { making }) });

/** How many neighbouring blocks run in one call: it cannot be stopped, so that long prompts take several. */
function mostBlocks(inputs: readonly ort.Tensor[]): number {
  const places = Math.max(...inputs.map(({ size, dims }) => size / (dims.at(-1) || 1)));
  return Math.max(1, Math.floor(8192 / places));
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

/** A kernel shows how far a long run is. */
function progressOf(): ((done: number, total: number) => void) | undefined {
  const tell = (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.progress")];
  return typeof tell === "function" ? (done, total) => void tell(done, total, "run") : undefined;
}

/** ONNX Runtime's words with the user's line, where the piece has one. */
function explain(error: unknown, piece: CallPiece | Graphlet, own: Own): Error {
  const steps = piece.kind === "call" ? [piece.step] : piece.steps;
  const lines = steps.flatMap((step) => {
    const node = step.kind === "op" ? own.node(step.node) : undefined;
    return node?.where ? [`${node.op} at ${lineOf(node.where)}`] : [];
  });
  const modules = steps.flatMap((step) => (step.kind === "call" ? [step.path] : []));
  const where = lines.length ? lines.join(", ") : modules.join(", ") || "the model";
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(`the run failed in ${where}: ${reason}`, { cause: error });
}
