/** An open trace: its invokes, its edges, and the run at its end. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { leavesOf } from "../base/tree.ts";
import { here } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import type { Made, Result } from "../ir/node.ts";
import { nothing, type Program } from "../ir/program.ts";
import type { Sizes } from "../ir/sizes.ts";
import { isHost } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { closing } from "./block.ts";
import { type Cache, type CacheOptions, cacheOf } from "./cache.ts";
import { isCallback, refuseAsync } from "./callback.ts";
import { closeContext, currentScope, popContext, pushContext, refuseNested } from "./contexts.ts";
import { Edges } from "./edges.ts";
import { type Edit, replay } from "./edit.ts";
import { Invoke } from "./invoke.ts";
import { Invokes } from "./invokes.ts";
import { printLog } from "./log.ts";
import { warnPadded } from "./padding.ts";
import { Recording } from "./recording.ts";
import type { Rows } from "./rows.ts";
import type { Scope } from "./scope.ts";
import { LoopingSequence } from "./sequence.ts";
import { type Session, sessionAround } from "./session.ts";
import type { Batch, Subject } from "./subject.ts";
import { isHeld } from "./value.ts";

/** One forward of a model while it is written: where its modules are read and written. */
export interface Forward {
  readonly recording: Recording;
  readonly edges: Edges;
  readonly subject: Subject;
  /** The rows that code at this point sees: those of the open invoke, or all. */
  readonly rows: Rows | undefined;
}

const forwards = new WeakMap<object, (module: string) => Forward>();

/** Says in which forward a module is read by code in a scope. */
export const setForward = (scope: object, find: (module: string) => Forward): void =>
  void forwards.set(scope, find);

/** The forward in which this scope reads a module: that of the trace that it is, or stands in. */
export function forwardAround(scope: Scope | undefined, module: string): Forward | undefined {
  for (let one = scope; one; one = one.outer) {
    const find = forwards.get(one);
    if (find) return find(module);
  }
  return undefined;
}

export class Tracer extends LoopingSequence implements Forward {
  readonly edges: Edges;
  readonly subject: Subject;
  readonly #invokes: Invokes;
  #model: { readonly fn: Fn; readonly sizes: Sizes } | undefined;

  /** For the library: users write `model.trace(...)`. `input` is an array of one, or empty when invokes follow. */
  constructor(kind: string, subject: Subject, input: readonly unknown[]) {
    refuseNested(kind);
    super(new Recording(kind, here(), currentScope() as Recording | undefined));
    this.subject = subject;
    this.recording.remote = "remote" in subject.backend;
    this.#invokes = new Invokes(subject.intake, input.length === 0, this.recording);
    this.edges = new Edges(this.recording, () => this.#signed(), subject);
    setForward(this.recording, () => this);
    if (input.length) this.recorded(() => this.#invokes.add(input[0]));
    pushContext(this.recording);
  }

  /** The session that runs it; else it runs when it is closed. */
  get session(): Session | undefined {
    return sessionAround(this.recording);
  }

  /** The rows that code at this point sees: those of the open invoke, or all. */
  get rows(): Rows | undefined {
    return this.#invokes.rows;
  }

  /**
   * Adds a prompt to the batch and runs `body` on its rows; without a prompt, `body` sees the whole batch.
   * Hands the callback's values back. Without a callback it is a block: `{ using i = tracer.invoke(input); … }`.
   * @throws RuntimeError inside another invoke, or in a trace that was given its input when it was opened
   */
  invoke<T>(body: (invoke: Invoke) => T): T;
  invoke<T>(input: unknown, body: (invoke: Invoke) => T): T;
  invoke(input?: unknown): Invoke;
  invoke(...args: unknown[]): unknown {
    return this.recorded(() => {
      this.recording.requireOpen("invoke");
      const body = isCallback(args.at(-1)) ? (args.pop() as (invoke: Invoke) => unknown) : undefined;
      const { leave, portion } = this.#invokes.enter(args);
      const ended = body ? leave : closing("invoke", this.recording, here(), leave);
      const invoke = new Invoke(this.edges, ended, portion, this.rows);
      if (!body) return invoke;
      try {
        return refuseAsync(body(invoke), "invoke");
      } finally {
        invoke[Symbol.dispose]();
      }
    });
  }

  /**
   * The outputs, and inputs if asked for, of modules: all that the model calls, or those that are named. They are saved.
   * What was written before this line is in them. `tracer.estimate()` tells their size before the run.
   * @example const { "model.layers.0": first } = tracer.cache({ modules: ["model.layers.0"] }); first.output
   * @throws AttributeError for a module that the model never calls
   */
  cache(options: CacheOptions = {}): Cache {
    return this.recorded(() => {
      const { edges, rows, subject } = this;
      return cacheOf({ fn: this.#signed().fn, edges, rows, pathOf: subject.pathOf }, options);
    });
  }

  /** Accepted for likeness: values cross from invoke to invoke by themselves. */
  barrier(_count?: number): () => void {
    return () => undefined;
  }

  /** Ends the forward after what has been read or written so far: what needs a later module stays unset. */
  stop(): void {
    this.recorded(() => {
      const { latest } = this.edges;
      if (!latest)
        throw new RuntimeError(
          "stop() before any module was read or written would run nothing. Read one first.",
        );
      this.recording.stop(latest.read);
    });
  }

  #signed(): { readonly fn: Fn; readonly sizes: Sizes } {
    if (this.#model) return this.#model;
    const editing = this.recording.kind === "edit";
    this.#model = this.subject.record(this.#invokes.signature(editing));
    if (!editing) for (const edit of this.subject.edits) replay(edit, this.recording, this.edges);
    return this.#model;
  }

  /** Ends the writing. Outside a session it runs now. @throws the first error of the recording, or what the run raised */
  async close(): Promise<void> {
    if (this.end()) await this.#run();
  }

  /** Ends the writing; true when it is to be run by whoever asked. @throws the first error of the recording */
  end(): boolean {
    const { recording } = this;
    closeContext(recording);
    if (recording.error) throw recording.error;
    if (recording.state === "closed") return false;
    recording.end();
    if (recording.outer) this.#place();
    return !recording.outer;
  }

  /** Runs what was written. @throws what the run raises */
  async #run(): Promise<void> {
    const { recording } = this;
    try {
      this.#invokes.requireInput();
      if (recording.kind === "scan") return recording.finish(new Map());
      const batch = this.#batch(new Map());
      const kept = new Map<Result, Made>();
      const inputs = leavesOf(batch.args, isHost);
      const { backend } = this.subject;
      await backend.run(this.program, { inputs, kept, onEvent: printLog, ...this.reporting() });
      recording.finish(kept, batch);
      recording.settle();
    } catch (error) {
      recording.settle(error);
      throw error;
    }
  }

  /** Puts it into the session, which runs it; in a loop, for each item. */
  #place(): void {
    const { recording } = this;
    const invokes = this.#invokes;
    let batch: Batch | undefined;
    recording.place({
      kind: "trace",
      given: [],
      get feed() {
        return invokes.feed;
      },
      program: () => this.program,
      types: () => this.#invokes.types(),
      inputs: (given) => {
        this.#invokes.requireInput();
        batch = this.#batch(given);
        return leavesOf(batch.args, isHost);
      },
      // Where it ran elsewhere, the words of its prompts are still known here.
      finish: (values) =>
        recording.finish(values, batch ?? (invokes.late ? undefined : invokes.join(new Map()))),
      fail: (error) => recording.settle(error),
    });
  }

  #batch(given: ReadonlyMap<Result, Made>): Batch {
    const batch = this.#invokes.join(given);
    warnPadded(this.recording.builder.nodes, batch.padding);
    return batch;
  }

  protected override get inputTypes(): readonly Type[] {
    return this.#invokes.types();
  }

  /** What was written, as an edit. */
  get edit(): Edit {
    return { nodes: [...this.recording.builder.nodes], touches: this.edges.touches };
  }

  /** What is written, as data. */
  get program(): Program {
    const { recording } = this;
    const known = recording.kind === "edit" || !this.#invokes.started;
    // First of all, as this is where edits are written when the trace touches nothing itself.
    const root = known ? (this.#model?.fn ?? nothing) : this.#signed().fn;
    return recording.asProgram({ root, touches: this.edges.touches });
  }

  /**
   * The block form inside a session, where a trace is only written: `{ using tracer = model.trace(input); … }`.
   * @throws TypeError outside a session, where a trace runs when its block ends and is awaited
   */
  [Symbol.dispose](): void {
    const { recording } = this;
    if (recording.error) {
      popContext(recording);
      return;
    }
    if (this.session) {
      this.end();
      return;
    }
    const error = new TypeError(
      `a ${recording.kind} runs when its block ends, so it is awaited: write \`await using tracer = model.${recording.kind}(…)\`.`,
    );
    recording.poison(error);
    popContext(recording);
    throw error;
  }

  /** The block form: `await using tracer = model.trace(input)` runs when the block ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.recording.error) return popContext(this.recording);
    await this.close();
  }
}

/** Saves every value of what a callback returned. */
export function saveAll<T>(result: T): T {
  for (const one of leavesOf(result, isHeld)) one.save();
  return result;
}
