/** A user's program while it is written: nodes and saves; then what the run made of them. */
import { RuntimeError, ValueError } from "../base/errors.ts";
import { lineOf, type Where } from "../base/where.ts";
import { Builder } from "../ir/builder.ts";
import type { Guard, Made, Result } from "../ir/node.ts";
import { Clock, type Program, type Save } from "../ir/program.ts";
import type { RegionBody } from "../ir/region.ts";
import { compareTimes, later, type Time } from "../ir/time.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim } from "../tensor/type.ts";
import type { Scope } from "./scope.ts";
import { unknownSize } from "./shape.ts";
import type { Cell, Lazy } from "./state.ts";
import type { Batch } from "./subject.ts";
import { type Words, wordsOf } from "./words.ts";

let count = 0;

/** A body whose inputs are not known yet. */
export type Unplaced<B> = B extends RegionBody ? Omit<B, "given"> & { given: readonly Result[] } : never;

export class Recording implements Scope {
  readonly builder = new Builder();
  readonly clock = new Clock();
  readonly #brought = new Map<Host, Result>();
  readonly #captured = new Map<Result, Result>();
  readonly #taken = new Map<Result, Result>();
  readonly #lent = new Set<Result>();
  readonly #saves: {
    readonly value: () => Result | false;
    readonly guard?: Guard;
    readonly kept?: () => void;
  }[] = [];
  readonly #inner: Recording[] = [];
  /** The name of this program in errors. */
  readonly id = String(++count);
  /** What variables held before the branches that are open, innermost branch last. */
  readonly rebound: Map<Cell, Lazy>[] = [];
  /** Asked when it ends whether it is complete. */
  readonly checks: (() => void)[] = [];
  /** Whether a service runs it, so that nothing of this process can take part. */
  remote = false;
  /** It comes after these in the program around. */
  readonly after: Result[] = [];
  #region: Result | undefined;
  #program: Program | undefined;
  #stop: Time | undefined;
  #values: ReadonlyMap<Result, Made> | undefined;
  #batch: Batch | undefined;
  #wanted: readonly Save[] | undefined;
  #error: unknown;
  #ended = false;

  constructor(
    readonly kind: string,
    readonly where: Where,
    readonly outer?: Recording | undefined,
  ) {
    if (outer) outer.#inner.push(this);
  }

  /** Whether it, or what it is written in, leaves this process. */
  get travels(): boolean {
    return this.remote || (this.outer?.travels ?? false);
  }

  get writing(): boolean {
    return !this.#ended && this.state === "open";
  }

  /** Takes no more writing. @throws what is still missing */
  end(): void {
    this.#ended = true;
    try {
      for (const check of this.checks) check();
    } catch (error) {
      this.poison(error);
      throw error;
    }
  }

  /**
   * What was written so far. Once everything around it is written it is made once for all turns of a loop; what is run
   * once lets its plan go with it.
   */
  asProgram({ root, touches }: Pick<Program, "root" | "touches">): Program {
    if (this.#program) return this.#program;
    const stop = this.#stop;
    const { id, saves, builder } = this;
    const program: Program = { id, root, nodes: builder.nodes, touches, saves, ...(stop && { stop }) };
    let outermost: Recording = this;
    let looped = this.kind === "loop";
    while (outermost.outer) {
      outermost = outermost.outer;
      looped ||= outermost.kind === "loop";
    }
    if (looped && !outermost.writing) this.#program = program;
    return program;
  }

  get region(): Result | undefined {
    return this.#region;
  }

  /** Puts it into the program around, which runs it. */
  place(
    body: Unplaced<RegionBody>,
    before: readonly (readonly [around: Result, inside: Result])[] = [],
  ): Result {
    const inputs = [...before, ...this.#captured];
    body.given = inputs.map(([, inside]) => inside);
    const around = inputs.map(([result]) => result);
    const [made, list] = this.outer!.builder.region(body, around, this.after, this.where);
    this.#region = made;
    return list;
  }

  capture(result: Result): Result {
    return remembered(this.#captured, result, () => this.builder.given(result.type));
  }

  take(inner: Scope, result: Result): Result {
    inner.lend(result);
    return remembered(this.#taken, result, () => this.builder.take(inner.region!, result));
  }

  lend(result: Result): void {
    this.#lent.add(result);
  }

  enter(_: Cell, lazy: Lazy): Lazy {
    return lazy;
  }

  get state(): "open" | "closed" {
    return this.#values || this.#error ? "closed" : "open";
  }

  /** The first error, if there was one. */
  get error(): unknown {
    return this.#error;
  }

  /** What is wanted, and in which branch that was said. */
  get saves(): readonly Save[] {
    if (this.#wanted) return this.#wanted;
    const saved = this.#saves.flatMap(({ value, guard }) => {
      const result = value();
      return result === false ? [] : [{ result, ...(guard && { guard }) }];
    });
    return [...saved, ...[...this.#lent].map((result) => ({ result, lent: true as const }))];
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
    this.outer?.poison(error);
  }

  save(result: () => Result | false, kept?: () => void): void {
    const { guard } = this.builder;
    this.#saves.push({ value: result, ...(guard && { guard }), ...(kept && { kept }) });
  }

  rebinds(cell: Cell, before: Lazy): void {
    for (const branch of this.rebound) if (!branch.has(cell)) branch.set(cell, before);
  }

  stop(...results: readonly Result[]): void {
    if (this.builder.guard || this.kind === "loop")
      throw new RuntimeError(
        `stop() inside a ${this.kind === "loop" ? "loop" : "condition"} is not possible: end the forward before or after it.`,
      );
    this.stopAt(results.map(({ node }) => this.clock.of(node).time).reduce(later));
  }

  /** The earliest stop counts. */
  stopAt(time: Time): void {
    if (!this.#stop || compareTimes(time, this.#stop) < 0) this.#stop = time;
  }

  /** Ends the recording with what the run made of the batch; what was made only for others is let go. */
  finish(values: ReadonlyMap<Result, Made>, batch?: Batch): void {
    const kept = new Map<Result, Made>();
    for (const { value } of this.#saves) {
      const result = value();
      const made = result && values.get(result);
      if (made) kept.set(result, made);
    }
    this.#values = kept;
    this.#batch = batch;
  }

  /** Ends everything in it that has not been run, with the error of the run if there was one. */
  settle(error?: unknown): void {
    for (const inner of this.#inner.splice(0)) inner.settle(error);
    if (this.#values) {
      // Handles go their own way now: what was wanted of the program is noted while they still tell.
      this.#wanted ??= this.saves;
      for (const { kept } of this.#saves) kept?.();
    } else if (error) this.#error ??= error;
    else this.#values = new Map();
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
    if (this.#values && this.#saves.some(({ value }) => value() === result))
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

  /** @throws RuntimeError where nothing can be changed any more */
  requireWritable(what: string): void {
    this.requireOpen(what);
  }

  /** @throws RuntimeError when the trace has ended */
  requireOpen(what: string): void {
    if (!this.writing)
      throw new RuntimeError(
        `${what} belongs inside the ${this.kind} opened at ${lineOf(this.where)}, which has ended.`,
      );
  }
}

function remembered(known: Map<Result, Result>, result: Result, make: () => Result): Result {
  const one = known.get(result) ?? make();
  known.set(result, one);
  return one;
}
