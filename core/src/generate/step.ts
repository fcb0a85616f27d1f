/** One forward of a generation while it is written: the model on the prompts, or on one token of each row and what it remembers. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject, leavesOf, type Tree } from "../base/tree.ts";
import { here } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import type { Apply, Guard, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Sizes } from "../ir/sizes.ts";
import type { Time } from "../ir/time.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { broughtInto } from "../trace/apply.ts";
import { type Cached, type CacheOptions, entriesOf } from "../trace/cache.ts";
import { popContext, pushContext } from "../trace/contexts.ts";
import { Edges } from "../trace/edges.ts";
import { replay } from "../trace/edit.ts";
import { held } from "../trace/made.ts";
import { Recording } from "../trace/recording.ts";
import type { Rows } from "../trace/rows.ts";
import { LoopingSequence } from "../trace/sequence.ts";
import type { Lazy } from "../trace/state.ts";
import { runOf } from "../trace/steps.ts";
import type { Subject } from "../trace/subject.ts";
import { isTensor, type Tensor } from "../trace/tensor.ts";
import { type Forward, setForward } from "../trace/tracer.ts";
import { goesOn } from "./functions.ts";

/** What steps have in common. */
export interface Course {
  readonly subject: Subject;
  readonly rows: Rows | undefined;
  /** The ids so far. */
  readonly decoding: Lazy;
  /** Chooses the next ones. */
  readonly choice: Apply["run"];
  /** The types of the model's arguments in a step; without a number for any but the first. */
  signature(step: number | undefined): Tree<Type>;
}

/** What one step hands to the next, in the program around: what follows from the ids that it chose, and the keys and values of each layer. */
export interface Memory {
  /** The first inputs of the model; those of the first step have empty keys and values as well. */
  readonly next: Result;
  readonly past: readonly Result[];
  /** Whether there is a next step. */
  readonly guard?: Guard;
}

/** Once the next step is written its inputs are known: it can be read still, and not written. */
class StepRecording extends Recording {
  readonly #known = new Map<Result, Result>();
  sealed = false;
  stopped = false;

  constructor(
    readonly step: number | undefined,
    outer: Recording,
  ) {
    super("step", here(), outer);
  }

  override capture(result: Result): Result {
    const known = this.#known.get(result);
    if (known) return known;
    if (this.sealed) throw this.#tooLate("A value of another step");
    const made = super.capture(result);
    this.#known.set(result, made);
    return made;
  }

  override requireWritable(what: string): void {
    this.requireOpen(what);
    if (this.sealed) throw this.#tooLate(what);
  }

  override stopAt(time: Time): void {
    if (this.sealed) throw this.#tooLate("stop()");
    this.stopped = true;
    super.stopAt(time);
  }

  #tooLate(what: string): RuntimeError {
    return new RuntimeError(
      `${what} belongs to step ${this.step} of the generation, and a later step is written already. ` +
        "What changes a step is written in the order of the steps: put it into one `tracer.iter(…)` that goes through them.",
    );
  }
}

export class Step extends LoopingSequence implements Forward {
  declare readonly recording: StepRecording;
  readonly edges: Edges;
  /** Whether the run came to it. */
  ran = false;
  readonly #given: readonly (readonly [around: Result, inside: Result])[];
  #model: { readonly fn: Fn; readonly sizes: Sizes } | undefined;

  constructor(
    readonly course: Course,
    readonly number: number | undefined,
    readonly around: Recording,
    readonly memory: Memory,
  ) {
    super(new StepRecording(number, around));
    const { builder } = this.recording;
    const passed = [memory.next, ...memory.past];
    this.#given = passed.map((result) => [result, builder.given(result.type)] as const);
    this.edges = new Edges(this.recording, () => this.#signed(), course.subject);
    setForward(this.recording, () => this);
  }

  get subject(): Subject {
    return this.course.subject;
  }

  get rows(): Rows | undefined {
    return this.course.rows;
  }

  get program(): Program {
    return this.recording.asProgram({ root: this.#signed().fn, touches: this.edges.touches });
  }

  /** Ends the forward after what has been read or written of this step so far; no later step comes. */
  stop(): void {
    const last = this.recording.builder.nodes.findLast((node) => node.kind === "hook");
    if (!last)
      throw new RuntimeError(
        "stop() before any module was read or written would run nothing. Read one first.",
      );
    this.recording.stop(last.results[0]!);
  }

  /** What `tracer.cache()` keeps of this step. */
  cached(options: CacheOptions): ReadonlyMap<string, Cached> {
    const { edges, rows, subject } = this;
    return entriesOf({ fn: this.#signed().fn, edges, rows, pathOf: subject.pathOf }, options);
  }

  /** Puts the step into the program around; gives what the next one needs, or nothing after a stop. */
  seal(): Memory | undefined {
    const { recording, around, memory } = this;
    const { builder } = around;
    const handed = recording.stopped ? undefined : this.#results();
    recording.sealed = true;
    const open = builder.guard;
    builder.guard = memory.guard;
    this.#place();
    const next = handed && this.#next(handed);
    builder.guard = open;
    return next;
  }

  /** The logits at the last position, and the keys and values. */
  #results(): { readonly logits: Lazy; readonly past: readonly Lazy[] } {
    pushContext(this.recording);
    try {
      const output = this.edges.read({ module: "", call: 0, edge: "output" }, undefined) as {
        logits: Tensor;
        past_key_values: Tree<Tensor>;
      };
      const past = leavesOf(output.past_key_values, isTensor).map(({ state }) => state as Lazy);
      return { logits: output.logits.at(":", -1).state as Lazy, past };
    } finally {
      popContext(this.recording);
    }
  }

  #place(): void {
    const { recording, course } = this;
    const inside = this.#given.map(([, result]) => result);
    recording.place(
      {
        kind: "trace",
        given: [],
        feed: { takes: "values", several: false, inputs: inside },
        program: () => this.program,
        types: () =>
          leavesOf(course.signature(this.number), (x): x is Type => isPlainObject(x) && "dtype" in x),
        inputs: (given) =>
          leavesOf(
            inside.map((result) => held(given.get(result)!)),
            isTensor,
          ).map(({ state }) => state as Host),
        finish: (values) => {
          this.ran = true;
          recording.finish(values);
        },
        fail: (error) => recording.settle(error),
      },
      this.#given,
    );
  }

  #next({ logits, past }: { readonly logits: Lazy; readonly past: readonly Lazy[] }): Memory {
    const { around, course, recording } = this;
    const { builder } = around;
    const decoding = broughtInto(around, course.decoding);
    const args = [decoding, broughtInto(around, logits)];
    const next = builder.apply("choose", args, course.choice, [], recording.where);
    const more = builder.apply("goesOn", [decoding, next], runOf(goesOn));
    const decision = builder.decide(more, recording.where);
    return {
      next,
      past: past.map((one) => broughtInto(around, one)),
      guard: { decision, want: true },
    };
  }

  #signed(): { readonly fn: Fn; readonly sizes: Sizes } {
    if (this.#model) return this.#model;
    const { subject } = this.course;
    this.#model = subject.record(this.course.signature(this.number));
    for (const edit of subject.edits) replay(edit, this.recording, this.edges);
    return this.#model;
  }
}
