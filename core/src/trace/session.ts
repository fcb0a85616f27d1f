/** A session: several traces that run in order when it closes, each of which may use values of the earlier ones. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { here, lineOf, type Where } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import type { Backend } from "../run/backend.ts";
import { currentContext, popContext, pushContext, refuseNested } from "./contexts.ts";
import { printLog } from "./log.ts";
import { Recording } from "./recording.ts";
import type { Context, Part } from "./scope.ts";
import type { Tracer } from "./tracer.ts";

/** What a session runs: a trace that has been written. */
interface Written {
  readonly recording: Recording;
  run(): Promise<void>;
}

/** What can be traced: a model. */
interface Traceable {
  // biome-ignore lint/suspicious/noExplicitAny: each model has overloads of its own
  readonly trace: (...args: any[]) => unknown;
}

/** A model that does nothing, for what is written outside models. */
const nothing: Fn = { name: "", inputs: [], args: [], nodes: [], output: null };

export class Session implements Context {
  readonly kind = "session";
  readonly where: Where = here();
  readonly #traces: Written[] = [];
  #parts = 0;
  /** How many traces come before `exit`. */
  #exit = Number.POSITIVE_INFINITY;
  #error: unknown;
  #state: "open" | "run" = "open";
  readonly #done = Promise.withResolvers<void>();
  /** What is written between the traces, until the next one is opened. */
  #segment: Recording | undefined;

  /** For the library: users write `model.session(...)` or `nnsight.session(...)`. */
  constructor(readonly backend: Backend) {
    refuseNested("session");
    this.#done.promise.catch(() => undefined);
    pushContext(this);
  }

  /**
   * Writes a trace and hands back, at once, the lazy values that its callback returns, for later traces.
   * @example const hidden = session.trace(lm, prompt, () => lm.model.layers[-1].output[0]);
   */
  trace<T>(model: Traceable, body: (tracer: Tracer) => T): T;
  trace<T>(model: Traceable, input: unknown, body: (tracer: Tracer) => T): T;
  trace<T>(model: Traceable, ...args: unknown[]): T {
    return (model.trace as (...args: unknown[]) => { readonly lazy: T })(...args).lazy;
  }

  /** Drops everything after this line; what was saved before stays. */
  exit(): void {
    if (this.#state === "run") throw new RuntimeError("exit() belongs inside the session, which has ended.");
    this.#endSegment();
    this.#exit = Math.min(this.#exit, this.#traces.length);
  }

  /** The next place in the session. */
  place(): Part {
    this.#endSegment();
    return { session: this, order: this.#parts++ };
  }

  add(trace: Written): void {
    this.#traces.push(trace);
  }

  /** The recording of what stands between two traces. */
  segment(): Recording {
    if (this.#segment) return this.#segment;
    const recording = new Recording("session", here(), { session: this, order: this.#parts++ });
    this.#segment = recording;
    this.#traces.push({ recording, run: () => this.#runSegment(recording) });
    return recording;
  }

  #endSegment(): void {
    this.#segment?.end();
    this.#segment = undefined;
  }

  async #runSegment(recording: Recording): Promise<void> {
    const { builder, saves } = recording;
    const program = { root: nothing, inputs: [], nodes: builder.nodes, touches: [], saves };
    try {
      recording.finish(await this.backend.run(program, printLog));
    } catch (error) {
      recording.poison(error);
      throw error;
    }
  }

  poison(error: unknown): void {
    this.#error ??= error;
  }

  /**
   * Runs the traces in order. When one fails, values of those before it stay.
   * @throws the first error of the recording, or of the run
   */
  async close(): Promise<void> {
    popContext(this);
    this.#endSegment();
    this.#state = "run";
    try {
      if (this.#error) throw this.#error;
      for (const [i, trace] of this.#traces.entries())
        if (i < this.#exit) await trace.run();
        else trace.recording.finish(new Map());
      this.#done.resolve();
    } catch (error) {
      for (const { recording } of this.#traces) recording.poison(error);
      this.#done.reject(error);
      throw error;
    }
  }

  /** A result that is there once the session has run. It is no promise until somebody awaits it. */
  later<T>(result: T): PromiseLike<T> & { readonly lazy: T } {
    const settle = (): Promise<T> => {
      if (this.#state === "open")
        return Promise.reject(
          new TypeError(
            `a trace inside the session opened at ${lineOf(this.where)} is awaited there, but it runs only when the session closes. ` +
              "Leave out the `await`: to use its values in a later trace, write `const value = session.trace(model, input, () => …)`.",
          ),
        );
      return this.#done.promise.then(() => result);
    };
    return {
      lazy: result,
      // biome-ignore lint/suspicious/noThenProperty: awaiting it after the session gives the result
      then: (resolve, reject) => settle().then(resolve, reject),
    };
  }

  /** The block form: `await using session = model.session()` runs when the block ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** `using` where `await using` is meant. */
Object.defineProperty(Session.prototype, Symbol.dispose, {
  value(this: Session) {
    popContext(this);
    throw new TypeError(
      "a session runs when its block ends, so it is awaited: write `await using session = model.session()`.",
    );
  },
});

/** The session that is open, when nothing else is open inside it. */
export function currentSession(): Session | undefined {
  const context = currentContext();
  return context instanceof Session ? context : undefined;
}
