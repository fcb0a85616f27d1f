/** A user's trace while it is written: nodes, touched edges, saves; then what the run made of them. */
import { RuntimeError, ValueError } from "../base/errors.ts";
import { lineOf, type Where } from "../base/where.ts";
import { Builder } from "../ir/builder.ts";
import type { Guard, Made, Result } from "../ir/node.ts";
import { Clock, type Save } from "../ir/program.ts";
import { compareTimes, type Time } from "../ir/time.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim } from "../tensor/type.ts";
import type { Handle, Part, Scope } from "./scope.ts";
import { unknownSize } from "./shape.ts";
import type { Batch } from "./subject.ts";
import { type Words, wordsOf } from "./words.ts";

let count = 0;

/** What a handle held before a branch, and how to give it something else. */
export interface Rebound {
  readonly before: Result;
  readonly set: (result: Result) => void;
}

export class Recording implements Scope {
  readonly builder = new Builder();
  readonly clock = new Clock();
  readonly #brought = new Map<Host, Result>();
  readonly #bridges = new Map<Result, Result>();
  readonly #saves: { readonly value: () => Result | false; readonly guard?: Guard }[] = [];
  /** The name of this program in errors. */
  readonly id = String(++count);
  /** The handles that are rebound while a branch is written, innermost branch last. */
  readonly rebound: Map<Handle, Rebound>[] = [];
  #stop: Time | undefined;
  #values: ReadonlyMap<Result, Made> | undefined;
  #batch: Batch | undefined;
  #error: unknown;
  #ended = false;

  constructor(
    readonly kind: string,
    readonly where: Where,
    readonly part?: Part | undefined,
  ) {}

  get writing(): boolean {
    return !this.#ended && this.state === "open";
  }

  /** Takes no more writing. In a session it runs later. */
  end(): void {
    this.#ended = true;
  }

  /** A value of an earlier trace of the session, which is kept there for this one. */
  bridge(from: Scope, result: Result): Result {
    const known = this.#bridges.get(result);
    if (known) return known;
    from.save(() => result);
    const bridged = this.builder.bridge(() => from.madeOf(result), result.type);
    this.#bridges.set(result, bridged);
    return bridged;
  }

  get state(): "open" | "closed" {
    return this.#values || this.#error ? "closed" : "open";
  }

  /** The first error, if there was one. */
  get error(): unknown {
    return this.#error;
  }

  get stopTime(): Time | undefined {
    return this.#stop;
  }

  /** What is wanted, and in which branch that was said. */
  get saves(): Save[] {
    return this.#saves.flatMap(({ value, guard }) => {
      const result = value();
      return result === false ? [] : [{ result, ...(guard && { guard }) }];
    });
  }

  bring(host: Host): Result {
    const known = this.#brought.get(host);
    if (known) return known;
    const result = this.builder.constant(host);
    this.#brought.set(host, result);
    return result;
  }

  owns(): boolean {
    return false;
  }

  poison(error: unknown): void {
    if (!this.#values) this.#error ??= error;
  }

  save(result: () => Result | false): void {
    const { guard } = this.builder;
    this.#saves.push({ value: result, ...(guard && { guard }) });
  }

  rebinds(handle: Handle, before: Result, set: (result: Result) => void): void {
    for (const branch of this.rebound) if (!branch.has(handle)) branch.set(handle, { before, set });
  }

  stop(result: Result): void {
    if (this.builder.guard)
      throw new RuntimeError(
        "stop() inside a condition is not possible: end the forward before or after it.",
      );
    this.stopAt(this.clock.of(result.node).time);
  }

  /** The earliest stop counts. */
  stopAt(time: Time): void {
    if (!this.#stop || compareTimes(time, this.#stop) < 0) this.#stop = time;
  }

  /** Ends the recording with what the run made of the batch. */
  finish(values: ReadonlyMap<Result, Made>, batch?: Batch): void {
    this.#values = values;
    this.#batch = batch;
  }

  words(shape: readonly Dim[]): Words | undefined {
    return wordsOf(shape, this.#batch);
  }

  valueOf(result: Result): Host {
    return this.madeOf(result) as Host;
  }

  madeOf(result: Result): Made {
    if (this.#error) throw this.#error;
    const value = this.#values?.get(result);
    if (value) return value;
    if (this.#values && this.saves.some((save) => save.result === result))
      throw new ValueError("Accessing value before it's been set.");
    throw new ValueError(
      "Accessing value before it's been set. " +
        `It was not saved in the ${this.kind} opened at ${lineOf(this.where)}: call .save() on it there, or return it from the callback.`,
    );
  }

  peek(result: Result): Made | undefined {
    return this.#values?.get(result);
  }

  unknownSize(dim: Dim): Error {
    return unknownSize(dim);
  }

  /** @throws RuntimeError when the trace has ended */
  requireOpen(what: string): void {
    if (!this.writing)
      throw new RuntimeError(
        `${what} belongs inside the ${this.kind} opened at ${lineOf(this.where)}, which has ended.`,
      );
  }
}
