/** An open trace: its invokes, its edges, and the run at its end. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { leavesOf } from "../base/tree.ts";
import { here } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import type { Program } from "../ir/program.ts";
import type { Sizes } from "../ir/sizes.ts";
import { isHost } from "../tensor/host.ts";
import { refuseAsync } from "./async.ts";
import { Branches, type Condition } from "./branches.ts";
import { guarded, popContext, pushContext, refuseNested } from "./contexts.ts";
import { Edges } from "./edges.ts";
import { type Edit, replay } from "./edit.ts";
import { Invokes } from "./invokes.ts";
import { printLog } from "./log.ts";
import { warnPadded } from "./padding.ts";
import { Recording } from "./recording.ts";
import type { Rows } from "./rows.ts";
import { currentSession, type Session } from "./session.ts";
import type { Batch, Subject } from "./subject.ts";
import { applied, isHeld, type Value } from "./value.ts";
import { writeLog } from "./write-log.ts";

/** One prompt's part of a trace. In the block form (`using i = tracer.invoke(input)`) it ends with the block. */
export interface Invoke extends Disposable {
  /** Rows of the batch that this invoke owns. */
  readonly rows: number;
}

const tracers = new WeakMap<Recording, Tracer>();

/** The tracer of the innermost open trace of a model. */
export const tracerOf = (recording: Recording): Tracer | undefined => tracers.get(recording);

export class Tracer {
  readonly recording: Recording;
  readonly edges: Edges;
  readonly subject: Subject;
  /** The session that runs it; else it runs when it is closed. */
  readonly session: Session | undefined;
  readonly #branches: Branches;
  readonly #invokes: Invokes;
  #model: { readonly fn: Fn; readonly sizes: Sizes } | undefined;

  /** For the library: users write `model.trace(...)`. `input` is an array of one, or empty when invokes follow. */
  constructor(kind: string, subject: Subject, input: readonly unknown[]) {
    refuseNested(kind);
    this.subject = subject;
    this.#invokes = new Invokes(subject.intake, input.length === 0);
    this.session = currentSession();
    this.recording = new Recording(kind, here(), this.session?.place());
    this.edges = new Edges(this.recording, () => this.#signed());
    this.#branches = new Branches(this.recording, this.edges);
    tracers.set(this.recording, this);
    if (input.length) this.#invokes.add(input[0]);
    pushContext(this.recording);
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
  invoke<T>(body: () => T): T;
  invoke<T>(input: unknown, body: () => T): T;
  invoke(input?: unknown): Invoke;
  invoke(...args: unknown[]): unknown {
    return this.#recorded(() => {
      this.recording.requireOpen("invoke");
      const body = typeof args.at(-1) === "function" ? (args.pop() as () => unknown) : undefined;
      const leave = this.#invokes.enter(args);
      const invoke = Object.assign(block("invoke", leave), { rows: this.rows?.count ?? 0 });
      if (!body) return invoke;
      try {
        return refuseAsync(body(), "invoke");
      } finally {
        invoke[Symbol.dispose]();
      }
    });
  }

  /**
   * Runs `yes` only when the condition holds at the run, else `no`; gives the value of the branch that is taken.
   * As a block: `{ using c = tracer.cond(x); … } { using e = tracer.else(); … }`. Conditions nest.
   * A condition is a tensor of one value, or a plain value.
   * @throws RuntimeError at the run for a condition of several values
   */
  cond<T>(condition: Condition, yes: () => T): T;
  cond<T, U>(condition: Condition, yes: () => T, no: () => U): T | U;
  cond(condition: Condition): Disposable;
  cond(condition: Condition, yes?: () => unknown, no?: () => unknown): unknown {
    return this.#recorded(() =>
      yes ? this.#branches.run(condition, yes, no) : block("cond", this.#branches.open(condition)),
    );
  }

  /** The other branch of the condition just closed, as a block. */
  else(): Disposable {
    return this.#recorded(() => block("else", this.#branches.openElse()));
  }

  /** Ends the forward after what has been read or written so far: what needs a later module stays unset. */
  stop(): void {
    this.#recorded(() => {
      const last = this.recording.builder.nodes.findLast((node) => node.kind === "hook");
      if (!last)
        throw new RuntimeError(
          "stop() before any module was read or written would run nothing. Read one first.",
        );
      this.recording.stop(last.results[0]!);
    });
  }

  /** Prints values when the run reaches them, as Python's `print` does. */
  log(...message: unknown[]): void {
    this.#recorded(() => {
      this.recording.requireOpen("log");
      writeLog(this.recording, message);
    });
  }

  /**
   * Calls a function with the values of its arguments when the run has them; tensors may stand anywhere in them.
   * @example tracer.apply((x: Tensor) => x.toArray(), model.layer1.output).save()
   */
  apply<A extends readonly unknown[], R>(
    call: (...args: A) => R,
    ...args: { [K in keyof A]: A[K] | Value }
  ): Value<R> {
    return this.#recorded(() =>
      applied(call.name || "apply", call as unknown as (...args: unknown[]) => R, args),
    );
  }

  /** Runs `record`; an error poisons the trace. */
  #recorded<T>(record: () => T): T {
    return guarded(record, this.recording);
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
    if (this.end()) await this.run();
  }

  /** Ends the writing; true when it is to be run by whoever asked. @throws the first error of the recording */
  end(): boolean {
    const { recording, session } = this;
    popContext(recording);
    if (recording.error) {
      session?.poison(recording.error);
      throw recording.error;
    }
    if (recording.state === "closed") return false;
    recording.end();
    session?.add(this);
    return !session;
  }

  /** Runs what was written. @throws what the run raises */
  async run(): Promise<void> {
    const { recording } = this;
    try {
      this.#invokes.requireInput();
      if (recording.kind === "scan") return recording.finish(new Map());
      const batch = this.#invokes.join();
      warnPadded(recording.builder.nodes, batch.padding);
      recording.finish(await this.subject.backend.run(this.#program(batch), printLog), batch);
    } catch (error) {
      recording.poison(error);
      throw error;
    }
  }

  /** What was written, as an edit. */
  get edit(): Edit {
    return { nodes: [...this.recording.builder.nodes], touches: this.edges.touches };
  }

  #program(batch: Batch): Program {
    const { recording } = this;
    // First of all, as this is where edits are written when the trace touches nothing itself.
    const root = this.#signed();
    const stop = recording.stopTime;
    return {
      root: root.fn,
      inputs: leavesOf(batch.args, isHost),
      nodes: recording.builder.nodes,
      touches: this.edges.touches,
      saves: recording.saves,
      ...(stop && { stop }),
    };
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

/** A block inside a trace: it only records, so it is closed and not awaited. */
function block(kind: string, close: () => void): Disposable {
  const prototype = { [Symbol.asyncDispose]: () => refuseAwait(kind) };
  return Object.assign(Object.create(prototype) as object, { [Symbol.dispose]: close });
}

function refuseAwait(kind: string): never {
  throw new TypeError(
    `a block of ${kind} only records, so it is not awaited: write \`using x = tracer.${kind}(…)\`.`,
  );
}

/** Saves every value of what a callback returned. */
export function saveAll<T>(result: T): T {
  for (const one of leavesOf(result, isHeld)) one.save();
  return result;
}
