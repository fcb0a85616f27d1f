/** What can be written in every program: conditions, loops, log lines, functions of the user's, Python's built-ins. */
import { RuntimeError } from "../base/errors.ts";
import type { Program } from "../ir/program.ts";
import { print } from "../ir/text/print.ts";
import type { Request } from "../run/backend.ts";
import { type PieceReport, Report } from "../run/report.ts";
import type { Type } from "../tensor/type.ts";
import { block } from "./block.ts";
import { Branches, type Condition } from "./branches.ts";
import * as builtins from "./builtins.ts";
import { refuseAsync } from "./callback.ts";
import { closeContext, currentScope, guarded, popContext, pushContext } from "./contexts.ts";
import type { Dynamic } from "./dynamic.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { Loop, leave } from "./loop.ts";
import { Recording } from "./recording.ts";
import type { Resolved } from "./resolved.ts";
import { isWithin } from "./scope.ts";
import type { Tensor } from "./tensor.ts";
import { appliedOwn, Value } from "./value.ts";
import { writeLog } from "./write-log.ts";

/** What a loop can go through. */
export type Items<T> = Iterable<T> | Value | Tensor;

const sequences = new WeakMap<object, Sequence>();

/** The context that a recording belongs to. */
export const sequenceOf = (recording: object): Sequence | undefined => sequences.get(recording);

/** Python's built-ins, made anew at each run: `session.list()`, `tracer.dict({ five: 5 })`. */
export interface Sequence extends Builtins {}
type Builtins = Readonly<typeof builtins>;

export abstract class Sequence {
  readonly #branches: Branches;
  readonly #pieces: PieceReport[] = [];
  #pruned = 0;

  constructor(readonly recording: Recording) {
    this.#branches = new Branches(recording);
    sequences.set(recording, this);
  }

  /** What is written, as data. */
  abstract get program(): Program;

  /** The types of the arguments of the program's model. */
  protected get inputTypes(): readonly Type[] {
    return [];
  }

  /**
   * What a run of what is written so far will cost: the modules that will be run, which are those that a save, a log line
   * or a condition needs, their operations, and the bytes of what is saved.
   * @example console.log(tracer.estimate()) // modules run  2  layer1, layer2 …
   */
  estimate(): Estimate {
    return estimate(this.program, this.inputTypes);
  }

  /** The program as it is written so far: a line for each step, with its type and the user's line. */
  toString(): string {
    return print(this.program).text;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
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
    return this.recorded(() => {
      const branches = this.open.#branches;
      return yes ? branches.run(condition, yes, no) : block("cond", branches.openBlock(condition));
    });
  }

  /** The other branch of the condition just closed, as a block. */
  else(): Disposable {
    return this.recorded(() => block("else", this.open.#branches.openElse()));
  }

  /** Prints values when the run reaches them, as Python's `print` does. */
  log(...message: unknown[]): void {
    this.recorded(() => {
      const { recording } = this.open;
      recording.requireOpen("log");
      writeLog(recording, message);
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
    return this.recorded(() => appliedOwn(call as unknown as (...args: unknown[]) => R, args));
  }

  /**
   * What the run did, piece by piece: which were run, which remembered from earlier runs, their time and bytes.
   * @throws RuntimeError before the run
   */
  report(): Report {
    if (this.recording.state === "open")
      throw new RuntimeError("report() tells what a run did, and this one is still to come: ask after it.");
    return new Report(this.#pieces, this.#pruned);
  }

  /** What notes the pieces of a run. */
  protected reporting(): Required<Pick<Request, "onPiece" | "onPlan">> {
    return {
      onPiece: (piece) => void this.#pieces.push(piece),
      onPlan: (pruned) => void (this.#pruned += pruned),
    };
  }

  /** What is open in it now, such as a loop: what is written goes there. */
  protected get open(): Sequence {
    const scope = currentScope();
    return (scope && isWithin(scope, this.recording) && sequenceOf(scope)) || this;
  }

  /** Writes that the run leaves a loop, or the session, when it comes here. */
  protected leave(loop: Loop | undefined): void {
    const from = currentScope();
    if (!(from instanceof Recording) || !isWithin(from, this.recording))
      throw new RuntimeError(`exit() belongs inside the ${this.recording.kind}, which has ended.`);
    leave(from, loop);
  }

  /** Runs `record`; an error poisons what is written. */
  protected recorded<T>(record: () => T): T {
    return guarded(record, this.recording);
  }
}

/** A sequence in which loops over values can be written. */
export abstract class LoopingSequence extends Sequence {
  /**
   * A loop that is recorded: the body is written once and run for each item, which is known only then. Loops nest, traces
   * may stand in those of a session, and what a body changes (`x.update(…)`, a module's output) it changes in each turn.
   * The callback form gives the list of what the turns give; a save inside holds what the last turn made.
   * As a block: `{ using it = session.iter(items); … it.item … }`.
   * @param items an array or another iterable, whose members may be lazy, or a lazy value: a list, a tensor, an outer item
   * @throws TypeError at the run for what has no items
   */
  iter<T, U>(items: Items<T>, body: (item: Dynamic, iterator: Iteration) => U): Value<Resolved<U>[]>;
  iter<T>(items: Items<T>): Iteration & Disposable;
  iter(items: unknown, body?: (item: Dynamic, iterator: Iteration) => unknown): unknown {
    return this.recorded(() => {
      const { recording } = this.open;
      recording.requireOpen("iter");
      const loop = new Loop(recording, items);
      const iteration = new Iteration(loop);
      pushContext(loop);
      const close = (given?: unknown): Value => {
        closeContext(loop);
        if (loop.error) throw loop.error;
        return new Value({ scope: recording, result: loop.close(given) });
      };
      if (!body) return Object.assign(iteration, block("iter", close));
      try {
        return close(refuseAsync(body(iteration.item, iteration), "iter"));
      } finally {
        popContext(loop);
      }
    });
  }
}

/** A loop while its body is written. */
export class Iteration extends LoopingSequence {
  /** What the loop stands at: known when it is run. */
  readonly item: Dynamic;
  readonly #loop: Loop;

  constructor(loop: Loop) {
    super(loop);
    this.#loop = loop;
    this.item = new Value({ scope: loop, result: loop.item }) as Dynamic;
  }

  get program(): Program {
    return this.#loop.body.program();
  }

  /** Ends the loop, when the run comes here; what came before stays. */
  exit(): void {
    this.recorded(() => this.leave(this.#loop));
  }
}

Object.assign(Sequence.prototype, builtins);
