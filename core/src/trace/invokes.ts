/** The prompts of a trace: each owns rows of the batch; together they are one run of the model. */
import { RuntimeError, type ShapeError, TypeError, ValueError } from "../base/errors.ts";
import { isPlainObject, leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { isResult, type Made, type Result } from "../ir/node.ts";
import type { Feed } from "../ir/region.ts";
import { isHost } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { held } from "./made.ts";
import type { Recording } from "./recording.ts";
import type { Rows } from "./rows.ts";
import { isWithin } from "./scope.ts";
import { isLazy } from "./state.ts";
import type { Batch, Intake, Portion } from "./subject.ts";
import { Tensor } from "./tensor.ts";
import { brought, isHeld, type Value, valuesIn } from "./value.ts";

/** Reads an input that only the run knows. @throws ValueError when it is not the one prompt that an invoke was taken for */
export function readLate(intake: Intake, input: unknown, several: boolean): Portion {
  const read = intake.read(input);
  if (!several || read.rows === 1) return read;
  throw new ValueError(
    `an invoke whose input only the run knows is one prompt, but this one was ${read.rows}. Give each its own trace.`,
  );
}

const stateOf = (one: Tensor | Value): unknown => (one instanceof Tensor ? one.state : one.value);

export class Invokes {
  readonly #portions: Portion[] = [];
  readonly #given: unknown[] = [];
  #rows: Rows | undefined;
  #inside = false;
  /** Why a second invoke is refused: the first one took a value whole that has no batch axis. */
  #takenWhole: ShapeError | undefined;

  constructor(
    readonly intake: Intake,
    /** Whether inputs come by invokes, rather than with the trace. */
    readonly several: boolean,
    readonly recording: Recording,
  ) {}

  /** The rows of the open invoke; none where the whole batch is seen. */
  get rows(): Rows | undefined {
    return this.#rows;
  }

  /** Whether there is an input. */
  get started(): boolean {
    return this.#portions.length > 0;
  }

  /** The inputs as they were given, with results in place of what the run makes, and numbers in place of tensors. */
  get feed(): Feed {
    const inputs = this.#portions.map(({ later }, i) => later ?? mapTree(this.#given[i], isHeld, stateOf));
    return { takes: "prompts", several: this.several, inputs };
  }

  /** The inputs as a function of the host takes them, and which of them only the run knows. */
  get brought(): { readonly inputs: readonly Tree<Result>[]; readonly late: readonly boolean[] } {
    return {
      inputs: this.#portions.map(({ later }, i) => later ?? brought(this.recording, this.#given[i], [])),
      late: this.#portions.map(({ later }) => later !== undefined),
    };
  }

  /** Reads one more input; one that only the run knows is read then. @throws what the model says of it */
  add(given: unknown): Portion {
    const [input] = valuesIn([given]);
    const scopes = leavesOf(input, isHeld).flatMap(({ state }) => (isLazy(state) ? [state.scope] : []));
    if (scopes.some((scope) => isWithin(scope, this.recording)))
      throw new TypeError(
        "an input is a value of the same trace, which is there only once the trace has its input. Make it before the trace " +
          "(`const x = ops.rand([1, 5])`), or put both in a session: `model.session(() => { const x = ops.rand([1, 5]); model.trace(x, …); })`.",
      );
    const lazy = scopes.some(({ state }) => state === "open");
    const portion = lazy
      ? { rows: 1, content: undefined, later: brought(this.recording, input, this.recording.after) }
      : this.intake.read(input);
    this.#portions.push(portion);
    this.#given.push(input);
    return portion;
  }

  /** Whether the sizes of the inputs are known only at the run. */
  get #open(): boolean {
    return this.several || this.late;
  }

  /** Opens an invoke with an input, or with none to see the whole batch; the function closes it. */
  enter(input: readonly unknown[]): { readonly leave: () => void; readonly portion: Portion | undefined } {
    if (this.#inside)
      throw new RuntimeError(
        "an invoke cannot be opened inside another one. Close the first one, then open the next.",
      );
    if (!this.several && input.length)
      throw new RuntimeError(
        "this trace was given its input when it was opened, so it takes no more. For several prompts open it without: " +
          "`model.trace(tracer => { tracer.invoke(a, () => …); tracer.invoke(b, () => …); })`.",
      );
    if (input.length) this.#rows = this.#claim(input[0]);
    this.#inside = true;
    const leave = (): void => {
      this.#rows = undefined;
      this.#inside = false;
    };
    return { leave, portion: input.length ? this.#portions.at(-1) : undefined };
  }

  /** The types of the model's arguments. @throws ValueError before there is an input; RuntimeError for an edit, when they are not known */
  signature(editing: boolean): Tree<Type> {
    const [first] = this.#portions;
    const template = editing && this.intake.template();
    if (template) return template;
    if (editing)
      throw new RuntimeError(
        "the types of the model's inputs are not known yet, so its inside cannot be edited. Run one trace first, or give the module's first layer a known input.",
      );
    if (first?.later !== undefined) return this.intake.anySignature();
    if (first) return this.intake.signature(first, this.#open);
    throw new ValueError(
      "a module is read before the model has an input. Open an invoke first: `tracer.invoke(input, () => …)`.",
    );
  }

  /** The types of the inputs so far: those of the joined batch, where no input is left to the run. */
  types(): readonly Type[] {
    if (!this.started) return [];
    if (this.late)
      return leavesOf(this.intake.anySignature(), (x): x is Type => isPlainObject(x) && "dtype" in x);
    return leavesOf(this.join(new Map()).args, isHost);
  }

  /** @throws ValueError when there is nothing to run on */
  requireInput(): void {
    if (this.started) return;
    throw new ValueError(
      "the trace has no input: give it one (`model.trace(input, …)`), or open an invoke (`tracer.invoke(input, …)`).",
    );
  }

  /** Whether an input is left to the run. */
  get late(): boolean {
    return this.#portions.some(({ later }) => later !== undefined);
  }

  /** @param given what the program around passes in, such as the item of a loop */
  join(given: ReadonlyMap<Result, Made>): Batch {
    const portions = this.#portions.map((portion): Portion => {
      if (portion.later === undefined) return portion;
      const input = mapTree(portion.later, isResult, (result) => held(given.get(result)!));
      return readLate(this.intake, input, this.several);
    });
    return this.intake.join(portions, this.#open);
  }

  #claim(input: unknown): Rows {
    const start = this.#portions.reduce((sum, { rows }) => sum + rows, 0);
    const { rows: count } = this.add(input);
    if (this.#portions.length > 1 && this.#takenWhole) throw this.#takenWhole;
    return {
      start,
      count,
      takeWhole: (error) => {
        if (this.#portions.length > 1) throw error;
        this.#takenWhole ??= error;
      },
    };
  }
}
