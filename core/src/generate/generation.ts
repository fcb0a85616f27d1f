/** An open generation: a session of forwards, each on the token that the one before it chose. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import type { Tree } from "../base/tree.ts";
import { here, lineOf, type Where } from "../base/where.ts";
import type { Apply, Made, Result } from "../ir/node.ts";
import { nothing, type Program } from "../ir/program.ts";
import { type Dim, sizeOfDim, type Type } from "../tensor/type.ts";
import { closing } from "../trace/block.ts";
import { type CacheOptions, cacheOver, type StepCache } from "../trace/cache.ts";
import { isCallback, refuseAsync } from "../trace/callback.ts";
import { currentScope, popContext, pushContext, refuseNested } from "../trace/contexts.ts";
import { Invoke } from "../trace/invoke.ts";
import { Invokes } from "../trace/invokes.ts";
import { printLog } from "../trace/log.ts";
import { Recording } from "../trace/recording.ts";
import { narrow, type Rows } from "../trace/rows.ts";
import { isWithin } from "../trace/scope.ts";
import { Sequence } from "../trace/sequence.ts";
import { type Session, sessionAround } from "../trace/session.ts";
import type { Lazy } from "../trace/state.ts";
import { type HostFunction, runOf } from "../trace/steps.ts";
import type { Subject } from "../trace/subject.ts";
import { Tensor } from "../trace/tensor.ts";
import { setForward } from "../trace/tracer.ts";
import type { Language } from "./decoding.ts";
import { choose, drawNext, first, generated } from "./functions.ts";
import type { Settings } from "./options.ts";
import { type Course, type Memory, Step } from "./step.ts";
import { type StepIteration, stepIteration } from "./steps.ts";
import { placeTail } from "./tail.ts";

export interface Generator extends Language {
  readonly subject: Subject;
  /** Begins to decode, on the host. */
  readonly begin: HostFunction;
}

const generations = new WeakMap<object, Generation>();

/** The generation that is being written where this scope is. */
export function generationAround(scope = currentScope()): Generation | undefined {
  for (let one = scope; one; one = one.outer) {
    const generation = generations.get(one);
    if (generation) return generation;
  }
  return undefined;
}

export class Generation extends Sequence implements Course {
  /**
   * Goes through steps: step 0 is the forward on the whole prompt, each later one that on the token chosen before it.
   * What is written outside it belongs to step 0, or to the step that `module.next()` went to.
   * @example tracer.iter([0, 2], (step) => lm.model.layers[5].output[0].save());
   */
  readonly iter: StepIteration;
  readonly #invokes: Invokes;
  readonly #steps: Step[] = [];
  /** How far `next()` of each module has gone. */
  readonly #turns = new Map<string, number>();
  readonly #named: { readonly step: number; readonly where: Where }[] = [];
  readonly #lists: { readonly list: unknown[]; readonly steps: readonly number[] }[] = [];
  /** What the ids come after. */
  readonly #after: Result[] = [];
  readonly decoding: Lazy;
  readonly choice: Apply["run"];
  #memory: Memory | undefined;
  #output: Tensor | undefined;

  /** For the library: users write `lm.generate(…)`. `input` is an array of one, or empty when an invoke follows. */
  constructor(
    readonly generator: Generator,
    readonly settings: Settings,
    input: readonly unknown[],
  ) {
    refuseNested("generate");
    super(new Recording("generate", here(), currentScope() as Recording | undefined));
    const { recording } = this;
    recording.remote = "remote" in generator.subject.backend;
    const { builder } = recording;
    const decoding = builder.apply("decoding", [], runOf(generator.begin), [], recording.where);
    this.decoding = { scope: recording, result: decoding };
    this.#memory = { next: builder.apply("first", [decoding], runOf(first)), past: [] };
    this.choice = runOf(settings.choice ? drawNext : choose);
    this.iter = stepIteration({
      most: settings.maxNewTokens,
      open: (step) => this.#step(step).recording,
      ended: () => this.#steps.at(-1)?.recording.stopped ?? false,
      listed: (list, steps, named) => {
        this.#lists.push({ list, steps });
        if (named) for (const step of steps) this.#named.push({ step, where: here() });
      },
    });
    this.#invokes = new Invokes(generator.subject.intake, input.length === 0, recording);
    if (input.length) this.recorded(() => this.#invokes.add(input[0]));
    generations.set(recording, this);
    setForward(recording, (module) => this.#step(this.#turns.get(module) ?? 0));
    pushContext(recording);
  }

  get subject(): Subject {
    return this.generator.subject;
  }

  get session(): Session | undefined {
    return sessionAround(this.recording);
  }

  get rows(): Rows | undefined {
    return this.#invokes.rows;
  }

  /** What is written, as data. */
  get program(): Program {
    return this.recording.asProgram({ root: nothing, touches: [] });
  }

  /**
   * The prompts and the new ids: int64 `[batch, prompt + new]`, shorter prompts padded on the left, rows that ended early on
   * the right. The same as `lm.generator.output`.
   */
  get result(): Tensor {
    return this.recorded(() => {
      this.#output ??= this.#ids();
      return this.rows
        ? new Tensor(narrow(this.#output.state as Lazy, this.rows, "generator.output"))
        : this.#output;
    });
  }

  /**
   * The outputs, and inputs if asked for, of modules in every step: `cache["model.layers.0"][2].output`. They are saved.
   * @throws AttributeError for a module that the model never calls
   */
  cache(options: CacheOptions = {}): StepCache {
    return this.recorded(() =>
      cacheOver(
        this.iter.all((step) => this.#step(step).cached(options)),
        this.subject.pathOf,
      ),
    );
  }

  /** Adds a prompt to the batch, as `tracer.invoke` of a trace; without a prompt, `body` sees the whole batch. */
  invoke<T>(body: (invoke: Invoke) => T): T;
  invoke<T>(input: unknown, body: (invoke: Invoke) => T): T;
  invoke(input: unknown): Invoke;
  invoke(...args: unknown[]): unknown {
    const body = isCallback(args.at(-1)) ? (args.pop() as (invoke: Invoke) => unknown) : undefined;
    return this.recorded(() => {
      this.recording.requireOpen("invoke");
      const { leave, portion } = this.#invokes.enter(args);
      const ended = body ? leave : closing("invoke", this.recording, here(), leave);
      const invoke = new Invoke(this.#step(0).edges, ended, portion, this.rows);
      if (!body) return invoke;
      try {
        return refuseAsync(body(invoke), "invoke");
      } finally {
        invoke[Symbol.dispose]();
      }
    });
  }

  /** Ends the forward of the step that is being written after what was read or written of it; no later step comes. */
  stop(): void {
    this.recorded(() => {
      const open = this.#steps.findLast(({ recording }) => isWithin(currentScope()!, recording));
      (open ?? this.#steps.at(-1) ?? this.#step(0)).stop();
    });
  }

  /** For the library: a module goes on to its next step. */
  next(module: string, count = 1): void {
    this.recorded(() => {
      const step = (this.#turns.get(module) ?? 0) + count;
      this.iter([step], () => undefined);
      this.#turns.set(module, step);
    });
  }

  signature(step: number | undefined): Tree<Type> {
    const [[prompt]] = this.#invokes.signature(false) as [[Type]];
    const [batch, width] = prompt.shape as [Dim, Dim];
    const size = step === undefined ? undefined : sizeOfDim(width);
    const past = size === undefined || step === undefined ? undefined : step === 0 ? 0 : size + step - 1;
    const position = step === 0 ? width : { name: "position", size: 1 };
    const named = (name: string, size: number | undefined): Dim => ({
      name,
      ...(size !== undefined && { size }),
    });
    const now = sizeOfDim(position);
    const whole = past === undefined || now === undefined ? undefined : past + now;
    const ids: Type = { dtype: "int64", shape: [batch, position] };
    const mask: Type = { dtype: "int64", shape: [batch, named("past+position", whole)] };
    const { layers, heads, headDim } = this.generator.cache;
    const kept: Type = { dtype: "float32", shape: [batch, heads, named("past", past), headDim] };
    const past_key_values = Array.from({ length: layers }, () => [kept, kept]);
    return [[ids], { position_ids: ids, attention_mask: mask, past_key_values }];
  }

  /** The step of this number; those before it are complete then. */
  #step(number: number): Step {
    this.recording.requireOpen(`step ${number}`);
    while (this.#steps.length <= number) {
      const last = this.#steps.at(-1);
      if (last) this.#memory = this.#sealed(last);
      if (!this.#memory)
        throw new RuntimeError(
          `tracer.stop() has ended the generation in step ${last?.number}: step ${number} never comes.`,
        );
      this.#steps.push(new Step(this, this.#steps.length, this.recording, this.#memory));
    }
    return this.#steps[number]!;
  }

  #sealed(step: Step): Memory | undefined {
    const memory = step.seal();
    this.#after.push(step.recording.region!, ...(memory ? [memory.next] : []));
    return memory;
  }

  #ids(): Tensor {
    const { recording } = this;
    const [[prompt]] = this.#invokes.signature(false) as [[Type]];
    const batch = prompt.shape[0]!;
    const type: Type = { dtype: "int64", shape: [batch, { name: "generated" }] };
    const args = [this.decoding.result];
    const result = recording.builder.apply("generated", args, runOf(generated), this.#after, here(), type);
    return new Tensor({ scope: recording, result });
  }

  /** Writes the steps that are left, as far as somebody asks for what they give. */
  #complete(): void {
    const { inputs, late } = this.#invokes.brought;
    const how = { late, several: this.#invokes.several, ...this.settings.manner } as Tree<Result>;
    this.recording.builder.complete(this.decoding.result, [inputs, how]);
    const last = this.#step(Math.max(this.#steps.length - 1, 0));
    const memory = this.#sealed(last);
    const rest = this.settings.maxNewTokens - this.#steps.length;
    const asked = this.#output !== undefined || this.settings.onToken !== undefined;
    if (!memory || rest <= 0 || !asked) return;
    placeTail(this, this.recording, memory, rest);
    this.#after.push(this.recording.builder.nodes.at(-1)!.results[0]!);
  }

  /** Ends the writing. Outside a session it runs now. @throws the first error of the recording, or what the run raised */
  async close(): Promise<void> {
    if (this.end()) await this.#run();
  }

  /** Ends the writing; true when it is to be run by whoever asked. @throws the first error of the recording */
  end(): boolean {
    const { recording } = this;
    try {
      if (!recording.error && recording.state === "open" && recording.writing)
        this.recorded(() => {
          this.#invokes.requireInput();
          popContext(recording); // with what was left open in it
          pushContext(recording);
          this.#complete();
        });
    } finally {
      popContext(recording);
    }
    if (recording.error) throw recording.error;
    if (recording.state === "closed") return false;
    for (const step of this.#steps) step.recording.end();
    recording.end();
    if (recording.outer) this.#place();
    return !recording.outer;
  }

  async #run(): Promise<void> {
    const { recording } = this;
    const kept = new Map<Result, Made>();
    try {
      this.#begin();
      const { backend } = this.subject;
      await backend.run(this.program, { inputs: [], kept, onEvent: printLog, ...this.reporting() });
      this.#finish(kept);
      recording.settle();
    } catch (error) {
      if (kept.size) recording.finish(kept);
      recording.settle(error);
      throw error;
    }
  }

  /** Puts it into the session, which runs it. */
  #place(): void {
    const { recording } = this;
    recording.place({
      kind: "trace",
      given: [],
      feed: { takes: "values", several: false, inputs: [] },
      program: () => this.program,
      types: () => [],
      inputs: () => {
        this.#begin();
        return [];
      },
      finish: (values) => this.#finish(values),
      fail: (error) => recording.settle(error),
    });
  }

  #begin(): void {
    for (const step of this.#steps) step.ran = false;
  }

  #finish(values: ReadonlyMap<Result, Made>): void {
    const reached = this.#steps.filter(({ ran }) => ran).length;
    for (const { list, steps } of this.#lists) {
      const come = steps.filter((step) => step < reached).length;
      if (list.length > come) list.length = come;
    }
    const never = this.#named.filter(({ step }) => step >= reached);
    if (never.length)
      console.warn(
        `${lineOf(never[0]!.where)}: the generation ended after ${reached} tokens, so step ${never.map(({ step }) => step).join(", ")} never came and what was written there was not run.`,
      );
    this.recording.finish(values);
  }

  /** The block form: `await using tracer = lm.generate(prompt, …)` runs when the block ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.recording.error) return popContext(this.recording);
    await this.close();
  }

  /** In a session it is only written. @throws TypeError outside one, where it runs when its block ends and is awaited */
  [Symbol.dispose](): void {
    if (this.session && !this.recording.error) {
      this.end();
      return;
    }
    popContext(this.recording);
    if (this.recording.error) return;
    const error = new TypeError(
      "a generation runs when its block ends, so it is awaited: write `await using tracer = lm.generate(…)`.",
    );
    this.recording.poison(error);
    throw error;
  }
}
