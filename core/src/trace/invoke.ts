/** One prompt's part of a trace, as a user holds it. */
import { AttributeError } from "../base/errors.ts";
import { refuseAwait } from "./block.ts";
import type { Edges } from "./edges.ts";
import type { Rows } from "./rows.ts";
import type { Portion } from "./subject.ts";
import { Tensor } from "./tensor.ts";

/** In the block form (`using i = tracer.invoke(input)`) it ends with the block; a callback is given it. */
export class Invoke implements Disposable {
  /** Rows of the batch that it owns; 0 without an input, when it sees them all. */
  readonly rows: number;
  readonly #edges: Edges;
  readonly #rows: Rows | undefined;
  readonly #leave: () => void;
  readonly #portion: Portion | undefined;

  /** For the library: users write `tracer.invoke(…)`. */
  constructor(edges: Edges, leave: () => void, portion: Portion | undefined, rows: Rows | undefined) {
    this.rows = rows?.count ?? 0;
    this.#edges = edges;
    this.#rows = rows;
    this.#leave = leave;
    this.#portion = portion;
  }

  /**
   * Tokens of the prompt without padding, of the longest when there are several.
   * @throws AttributeError when the input is no prompt, or known only at the run
   */
  get length(): number {
    return Math.max(...this.lengths);
  }

  /** Tokens of each prompt without padding. @throws AttributeError when they are no prompts, or known only at the run */
  get lengths(): readonly number[] {
    const lengths = this.#portion?.lengths;
    if (lengths) return lengths;
    throw new AttributeError(
      this.#portion?.later === undefined
        ? "this invoke has no prompt, so it has no length in tokens."
        : "the prompt of this invoke is known only at the run, and its length with it: use `mask.sum(-1)`.",
    );
  }

  /**
   * 1 at tokens, 0 at padding: int64 `[rows, position]`, known at the run.
   * @throws AttributeError when the model takes no attention mask
   */
  get mask(): Tensor {
    const inputs = this.#edges.read({ module: "", call: 0, edge: "inputs" }, this.#rows);
    const mask = (inputs as readonly [unknown, Record<string, unknown>])[1]["attention_mask"];
    if (mask instanceof Tensor) return mask;
    throw new AttributeError(
      "this model takes no attention mask: its inputs are tensors, which have no padding.",
    );
  }

  [Symbol.dispose](): void {
    this.#leave();
  }

  [Symbol.asyncDispose](): never {
    return refuseAwait("invoke");
  }
}
