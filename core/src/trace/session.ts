/** A session: several traces that run in order when it closes, each of which may use values of the earlier ones. */
import { TypeError } from "../base/errors.ts";
import { here } from "../base/where.ts";
import type { Made, Result } from "../ir/node.ts";
import { nothing, type Program } from "../ir/program.ts";
import type { Backend } from "../run/backend.ts";
import { Exit } from "../run/regions.ts";
import { isCallback } from "./callback.ts";
import { closeContext, popContext, pushContext, refuseNested } from "./contexts.ts";
import { isLater, Later } from "./later.ts";
import { printLog } from "./log.ts";
import { Recording } from "./recording.ts";
import type { Scope } from "./scope.ts";
import { LoopingSequence, sequenceOf } from "./sequence.ts";
import type { Tracer } from "./tracer.ts";

/** What can be traced: a model. */
interface Traceable {
  // biome-ignore lint/suspicious/noExplicitAny: each model has overloads of its own
  readonly trace: (...args: any[]) => unknown;
}

export class Session extends LoopingSequence {
  readonly #done = Promise.withResolvers<void>();
  #handsBack = false;

  /** For the library: users write `model.session(...)` or `nnsight.session(...)`. */
  constructor(readonly backend: Backend) {
    refuseNested("session");
    super(new Recording("session", here()));
    this.recording.remote = "remote" in backend;
    this.#done.promise.catch(() => undefined);
    pushContext(this.recording);
  }

  /** What is written, as data. */
  get program(): Program {
    return this.recording.asProgram({ root: nothing, touches: [] });
  }

  /**
   * Writes a trace and hands back, at once, the lazy values that its callback returns, for later traces.
   * @example const hidden = session.trace(lm, prompt, () => lm.model.layers[-1].output[0]);
   */
  trace<T>(model: Traceable, body: (tracer: Tracer) => T): T;
  trace<T>(model: Traceable, input: unknown, body: (tracer: Tracer) => T): T;
  trace<T>(model: Traceable, ...args: unknown[]): T {
    return this.recorded(() => {
      const trace: unknown = Object(model).trace;
      if (typeof trace !== "function" || !isCallback(args.at(-1)))
        throw new TypeError(
          "session.trace takes a model, an input and a callback: `session.trace(lm, prompt, () => …)`. For a block write `using tracer = lm.trace(prompt)`.",
        );
      this.#handsBack = true;
      try {
        const given: unknown = trace(...args);
        if (isLater(given)) return given.lazy as T;
      } finally {
        this.#handsBack = false;
      }
      throw this.recording.error;
    });
  }

  /**
   * Drops everything after this line, when the run comes to it; what was saved before stays.
   * @throws RuntimeError when the session has ended
   */
  exit(): void {
    this.recorded(() => this.leave(undefined));
  }

  /**
   * Runs what was written, in order. When a trace fails, values of those before it stay.
   * @throws the first error of the recording, or of the run
   */
  async close(): Promise<void> {
    const { recording } = this;
    closeContext(recording);
    const kept = new Map<Result, Made>();
    try {
      if (recording.error) throw recording.error;
      recording.end();
      await this.#run(kept);
      recording.finish(kept);
      recording.settle();
      this.#done.resolve();
    } catch (error) {
      if (!recording.error && kept.size) recording.finish(kept);
      recording.settle(error);
      this.#done.reject(error);
      throw error;
    }
  }

  async #run(kept: Map<Result, Made>): Promise<void> {
    try {
      await this.backend.run(this.program, { inputs: [], kept, onEvent: printLog, ...this.reporting() });
    } catch (signal) {
      if (!(signal instanceof Exit)) throw signal;
    }
  }

  /** Whether the trace that is being written hands its values to the session, rather than to whoever awaits it. */
  get handsBack(): boolean {
    return this.#handsBack;
  }

  /** A result that is there once the session has run. */
  later<T>(result: T): Later<T> {
    return new Later(result, this.recording, this.#done.promise);
  }

  /** The block form: `await using session = model.session()` runs when the block ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.close();
    // What was thrown in the block is seen; thrown once more here it would be hidden behind a SuppressedError.
    await (this.recording.error ? closed.catch(() => undefined) : closed);
  }
}

/** `using` where `await using` is meant. */
Object.defineProperty(Session.prototype, Symbol.dispose, {
  value(this: Session) {
    popContext(this.recording);
    throw new TypeError(
      "a session runs when its block ends, so it is awaited: write `await using session = model.session()`.",
    );
  },
});

/** The session in which this scope is written. */
export function sessionAround(scope: Scope): Session | undefined {
  for (let one: Scope | undefined = scope; one; one = one.outer) {
    const sequence = sequenceOf(one);
    if (sequence instanceof Session) return sequence;
  }
  return undefined;
}
