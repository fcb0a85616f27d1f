/** Runs programs on this machine: plan, then stage after stage. */
import type * as ort from "onnxruntime-node";
import { settings } from "../base/settings.ts";
import type { Unit } from "../compile/step.ts";
import { memberOf } from "../compile/trunk.ts";
import type { Program } from "../ir/program.ts";
import type { Backend, Request } from "./backend.ts";
import { type Answer, type Asked, askedFor, Calls, joinKey, keptKey, keyOf } from "./calls.ts";
import { recognise } from "./changes.ts";
import { runHost } from "./host-steps.ts";
import { interruptCheck } from "./interrupts.ts";
import { keptBytes } from "./layout.ts";
import { explain, locate } from "./located.ts";
import { Memo } from "./memo.ts";
import { Values } from "./memory.ts";
import {
  type GraphStage,
  planOf,
  type Ready,
  type RowsStage,
  readyCall,
  readyOn,
  type Stage,
} from "./plan.ts";
import { runRegion } from "./regions.ts";
import { Room } from "./room.ts";
import { Sessions } from "./sessions.ts";
import { bytesOf } from "./slices.ts";
import { minds, type Turn } from "./turns.ts";
import { Wave } from "./wave.ts";

export class LocalBackend implements Backend {
  readonly sessions: Sessions;
  /** What was computed before. */
  readonly memo = new Memo();
  /** For what runs keep for going back. */
  readonly room = new Room();
  readonly #calls: Calls;
  #wave: Wave | undefined;

  /** @param mostBytes what its sessions have packed at most, about; otherwise half of the machine's memory */
  constructor(mostBytes?: number) {
    this.sessions = new Sessions(undefined, mostBytes);
    this.#calls = new Calls(this.sessions, this.memo);
  }

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

  async beside(
    shared: ReadonlySet<unknown>,
    turns: readonly ((turn: Turn) => Promise<void>)[],
  ): Promise<void> {
    // In a sweep the cell that waits for its turns holds nobody up.
    const around = this.#wave;
    around?.end();
    await this.together(async () => {
      const wave = this.#wave!;
      let earlier = Promise.resolve();
      const all = turns.map((work) => (earlier = wave.turn(shared, earlier, work)));
      const ended = await Promise.allSettled(all);
      around?.begin();
      for (const one of ended) if (one.status === "rejected") throw one.reason;
    });
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
    const values = new Values(request.inputs, request.given, own, this.room);
    const stopIfInterrupted = interruptCheck();
    try {
      for (let done = 0; done < stages.length; ) {
        tell?.(done, stages.length);
        stopIfInterrupted();
        const ran = await this.#runStage(stages[done]!, values, request, program);
        for (const stage of ran) for (const value of stage.done) values.drop(value);
        done += ran.length;
      }
      tell?.(stages.length, stages.length);
    } finally {
      values.end();
      for (const { result, value, branches } of wanted) {
        const one = values.taken(branches) ? values.get(value) : undefined;
        if (one) request.kept.set(own.result(result), one);
      }
    }
  }

  /** @returns the stages that are done now: this one, and those after it that ran in the same call */
  async #runStage(
    stage: Stage,
    values: Values,
    request: Request,
    program: Program,
  ): Promise<readonly Stage[]> {
    if (!values.taken(stage.branches)) return [stage];
    if (stage.kind === "rows") await this.#runRows(stage, values, request);
    else if (stage.kind === "graph") return this.#runGraph(stage, values, request);
    else if (stage.step.kind === "region") await runRegion(this, stage.step, values, request);
    else {
      if (request.turn && minds(request.turn, stage.step, values)) await request.turn.first();
      try {
        runHost(stage.step, values, request.onEvent);
      } catch (error) {
        locate(error, stage.step, program);
        throw error;
      }
    }
    return [stage];
  }

  /** Calls of one function, those that are not remembered as rows of one. */
  async #runRows({ stages }: RowsStage, values: Values, request: Request): Promise<void> {
    if (this.#wave && settings.APP.MEMO) {
      await Promise.all(stages.map((stage) => this.#runGraph(stage, values, request)));
      return;
    }
    const open: (readonly [GraphStage, Asked])[] = [];
    for (const stage of stages) {
      const asked = askedFor(stage.call!, stage.compiled(), values.all(stage.inputs));
      const known = settings.APP.MEMO ? this.memo.get(asked.key) : undefined;
      if (known) this.#settle(stage, { outputs: known, by: "memo" }, values, request, { milliseconds: 0 });
      else open.push([stage, asked]);
    }
    for (const group of Map.groupBy(open, ([, asked]) => joinKey(asked)).values()) {
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

  /** Puts in what a stage has made, and tells of it. */
  #settle(
    { name, outputs, call }: GraphStage,
    { outputs: results, ...how }: Answer,
    values: Values,
    { onPiece }: Request,
    { milliseconds, making = 0 }: { readonly milliseconds: number; readonly making?: number },
  ): void {
    let bytes = 0;
    for (const [i, output] of [...outputs, ...(call?.kept ?? [])].entries()) {
      const result = results[i];
      if (!result) continue;
      values.set(output, result);
      bytes += bytesOf(result);
    }
    onPiece?.({ piece: name, ...how, ...compiledIn(making), milliseconds, bytes });
  }

  /** @returns the stages that are done now: this one, and the blocks after it that ran in the same call */
  async #runGraph(stage: GraphStage, values: Values, request: Request): Promise<readonly Stage[]> {
    const since = performance.now();
    try {
      const before = this.sessions.making;
      const answers = await this.#answer(stage, values);
      const making = this.sessions.making - before;
      const each = (performance.now() - since - making) / answers.length;
      const ran = chainOf(stage).slice(0, answers.length);
      for (const [i, one] of ran.entries()) {
        const answer = answers[i]!;
        const inputs = answer.stretch && settings.APP.MEMO ? values.all(one.inputs) : undefined;
        if (inputs) this.#remember(one, keyOf(readyOn(one, inputs), inputs), answer.outputs);
        const own = i === 0 ? making : 0;
        this.#settle(one, answer, values, request, { milliseconds: each + own, making: own });
      }
      return ran;
    } catch (error) {
      throw explain(error, stage.piece, values.own);
    }
  }

  /** What a stage gives, and those after it where they ran in the same call. */
  async #answer(stage: GraphStage, values: Values): Promise<readonly [Answer, ...Answer[]]> {
    const { call } = stage;
    const way = stage.over?.kept.every((value) => values.has(value)) ? { ...stage, ...stage.over } : stage;
    const inputs = values.all(way.inputs);
    const remembers = settings.APP.MEMO;
    const keeps = keepsIn(stage, inputs, values);
    const ready = this.#wave ? way.compiled() : readyOn(way, inputs);
    const plain = remembers ? keyOf(stage.moves ?? ready, inputs) : "";
    const key = keeps ? keptKey(plain) : plain;
    const known = remembers ? this.memo.get(key) : undefined;
    if (known) return [{ outputs: known, by: "memo" }];
    if (call) {
      const asked: Asked = { fn: call.fn, at: call.at, ready, inputs, keeps, key };
      const stretch =
        this.#wave || (remembers && this.#calls.begins(asked))
          ? undefined
          : await this.#stretch(stage, asked, values);
      if (stretch) return stretch;
      if (!remembers) return [await this.#calls.whole(asked)];
      if (this.#wave) return [await this.#wave.ask(asked)];
      const answer = await this.#calls.one(asked);
      this.#remember(stage, plain, answer.outputs);
      return [answer];
    }
    if (!remembers) return [{ outputs: await this.#compute(way, ready, inputs), by: "ran" }];
    const edit = (): Promise<Answer> => this.#edit(way, ready, inputs, key, values);
    return [await (this.#wave ? this.#wave.once(key, edit) : edit())];
  }

  /** The results of an untouched part, by themselves and with what going back takes over. */
  #remember({ outputs: { length } }: GraphStage, plain: string, outputs: readonly ort.Tensor[]): void {
    if (outputs.length === length) this.memo.set(plain, outputs);
    else {
      this.memo.set(keptKey(plain), outputs);
      if (!this.memo.get(plain)) this.memo.set(plain, outputs.slice(0, length));
    }
  }

  /** What a user's ops make, with what is known of it in terms of what stood there before; remembered. */
  async #edit(
    stage: GraphStage,
    ready: Ready,
    inputs: readonly ort.Tensor[],
    key: string,
    values: Values,
  ): Promise<Answer> {
    const { units, positions } = stage;
    const made = await this.#compute(stage, ready, inputs);
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

  /** Neighbouring blocks as one call. Nothing where they have no session in common. */
  async #stretch(
    first: GraphStage,
    asked: Asked,
    values: Values,
  ): Promise<[Answer, ...Answer[]] | undefined> {
    const blocks = chainOf(first).slice(0, mostBlocks(asked));
    if (blocks.length < 2) return undefined;
    // What the next block alone reads need not come back, unless it is to be remembered.
    const wanted = blocks.map(
      ({ outputs }, i) => settings.APP.MEMO || !blocks[i + 1]?.done.includes(outputs[0]!),
    );
    const keeps = blocks.map((block) => keepsIn(block, asked.inputs, values));
    const results = await this.#calls.stretch(asked, wanted, keeps, (block, argument) =>
      values.runtime(blocks[block]!.inputs[argument]!),
    );
    return results?.map((outputs) => ({
      outputs,
      by: "ran",
      stretch: blocks.length,
    })) as [Answer, ...Answer[]] | undefined;
  }

  /** What opened units would have given untouched, if that is remembered; runs that go together make it, as it serves many. */
  async #untouched(units: readonly Unit[], values: Values): Promise<ort.Tensor[]> {
    const all: ort.Tensor[] = [];
    for (const unit of units) {
      if (!unit.inputs.every((input) => values.has(input))) continue;
      const inputs = values.all(unit.inputs);
      const compiled = (): Ready => readyCall(unit);
      const ready = this.#wave ? compiled() : readyOn({ inputs: unit.inputs, compiled }, inputs);
      const asked = askedFor(unit, ready, inputs);
      const known = this.memo.get(asked.key) ?? (await this.#wave?.ask(asked))?.outputs ?? [];
      all.push(...known.slice(0, ready.graph.outputs.length));
    }
    return all;
  }

  async #compute(
    { moves }: GraphStage,
    { graph, feeds }: Ready,
    inputs: readonly ort.Tensor[],
  ): Promise<ort.Tensor[]> {
    const moved = moves?.run(inputs);
    if (moved) return moved;
    const fed: Record<string, ort.Tensor> = { ...feeds };
    inputs.forEach((input, i) => void (fed[graph.inputs[i]!] = input));
    const made = await this.sessions.run(graph, fed);
    return graph.outputs.map((name) => made[name]!);
  }
}

/** Whether a part is run with what going back takes over. */
const keepsIn = ({ call }: GraphStage, inputs: readonly ort.Tensor[], values: Values): boolean =>
  call?.kept !== undefined && values.keeps(call, keptBytes(call.fn, inputs));

const chainOf = (stage: GraphStage): readonly GraphStage[] => [stage, ...(stage.next ?? [])];

const compiledIn = (making: number) => ({ compiled: making > 0, ...(making > 0 && { making }) });

/**
 * How many neighbouring blocks run in one call: it cannot be stopped, and holds until its end what going back could take
 * over, so that long prompts take several.
 */
function mostBlocks({ fn, inputs }: Asked): number {
  const { size, dims } = inputs[memberOf(fn)?.trunk.carried ?? 0]!;
  return Math.max(1, Math.floor((2048 * dims.at(-1)!) / size));
}

/** A kernel shows how far a long run is. */
function progressOf(): ((done: number, total: number) => void) | undefined {
  const tell = (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.progress")];
  return typeof tell === "function" ? (done, total) => void tell(done, total, "run") : undefined;
}
