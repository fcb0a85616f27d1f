/** What a run has made so far, and which branches it takes. */
import type * as ort from "onnxruntime-node";
import { ValueError } from "../base/errors.ts";
import type { Branch, CallStep, Var } from "../compile/step.ts";
import type { Made, Plain, Result } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import { Room } from "./room.ts";
import { itself, type Own } from "./templates.ts";
import { toHost, toRuntime } from "./values.ts";

export class Values {
  readonly #made = new Map<Var, ort.Tensor>();
  readonly #keeps = new Map<CallStep["fn"], boolean>();
  #kept = 0;
  /** Values that are no tensors. */
  readonly #plain = new Map<Var, Plain>();

  constructor(
    readonly inputs: readonly Host[],
    readonly given: ReadonlyMap<Result, Made> = new Map(),
    /** Of the program that is run, as its plan may serve several. */
    readonly own: Own = itself,
    /** For what going back takes over. */
    readonly room: Room = new Room(),
  ) {}

  /** Whether what going back takes over of a part is kept: there is room for so many bytes, which is taken then. */
  keeps({ fn }: Pick<CallStep, "fn">, bytes: number): boolean {
    const known = this.#keeps.get(fn);
    if (known !== undefined) return known;
    const keeps = this.room.take(bytes);
    if (keeps) this.#kept += bytes;
    this.#keeps.set(fn, keeps);
    return keeps;
  }

  /** Gives back the room that was taken. */
  end(): void {
    this.room.give(this.#kept);
  }

  set(value: Var, made: ort.Tensor): void {
    this.#made.set(value, made);
  }

  put(value: Var, made: Made): void {
    if ("plain" in made) this.#plain.set(value, made);
    else this.#made.set(value, toRuntime(made));
  }

  /** For ONNX Runtime. @throws ValueError when the value is not there */
  runtime(value: Var): ort.Tensor {
    const made = this.#made.get(value);
    if (made) return made;
    const fresh = toRuntime((this.#sourceOf(value) as Host | undefined) ?? unset());
    this.#made.set(value, fresh);
    return fresh;
  }

  /** For ONNX Runtime. @throws ValueError when one is not there */
  all(values: readonly Var[]): ort.Tensor[] {
    return values.map((value) => this.runtime(value));
  }

  /** What was made, or nothing when the branch that makes it was not taken. */
  get(value: Var): Made | undefined {
    const made = this.#made.get(value);
    return made ? toHost(made) : (this.#plain.get(value) ?? this.#sourceOf(value));
  }

  /** Whether it is there, or can be had from where it comes from. */
  has(value: Var): boolean {
    return this.#made.has(value) || this.#sourceOf(value) !== undefined;
  }

  /** What was made. @throws ValueError when it was not, as of a loop without turns */
  made(value: Var): Made {
    return this.get(value) ?? unset();
  }

  /** Whether all the branches are taken. A decision that was not reached takes neither side. */
  taken(branches: readonly Branch[]): boolean {
    return branches.every(({ decision, want }) => {
      const made = this.get(decision);
      return made !== undefined && (Number((made as Host).data[0]) !== 0) === want;
    });
  }

  /** Lets go of a value that nothing reads any more. */
  drop(value: Var): void {
    this.#made.delete(value);
    this.#plain.delete(value);
  }

  #sourceOf({ source }: Var): Made | undefined {
    if (source?.kind === "input") return this.inputs[source.index];
    if (source?.kind === "given") return this.given.get(this.own.result(source.result));
    if (source?.kind === "value") return this.own.constant(source.result);
    return source && (source.kind === "weight" ? source.slot.read() : source.value);
  }
}

function unset(): never {
  throw new ValueError(
    "Accessing value before it's been set. The run uses a value that it has not made: of a branch that was not taken, " +
      "or of a loop that had no turn.",
  );
}
