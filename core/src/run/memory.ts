/** What a run has made so far, and which branches it takes. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import type { Branch, Var } from "../compile/step.ts";
import type { Made, Plain } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import { toHost, toRuntime } from "./values.ts";

export class Values {
  readonly #made = new Map<Var, ort.Tensor>();
  /** Values that are no tensors. */
  readonly #plain = new Map<Var, Plain>();

  set(value: Var, made: ort.Tensor): void {
    this.#made.set(value, made);
  }

  put(value: Var, made: Made): void {
    if ("plain" in made) this.#plain.set(value, made);
    else this.#made.set(value, toRuntime(made));
  }

  /** For ONNX Runtime. @throws RuntimeError when the value is not there, which is a fault of the planner */
  runtime(value: Var): ort.Tensor {
    const made = this.#made.get(value);
    if (made) return made;
    const host = sourceOf(value) as Host | undefined;
    if (!host)
      throw new RuntimeError(
        "a value is used before the step that makes it: this is a fault of nnsight-ts, please report it.",
      );
    const fresh = toRuntime(host);
    this.#made.set(value, fresh);
    return fresh;
  }

  /** What was made, or nothing when the branch that makes it was not taken. */
  get(value: Var): Made | undefined {
    const made = this.#made.get(value);
    return made ? toHost(made) : (this.#plain.get(value) ?? sourceOf(value));
  }

  /** The numbers of a tensor. */
  host(value: Var): Host {
    return this.get(value) as Host;
  }

  /** Whether all the branches are taken. A decision that was not reached takes neither side. */
  taken(branches: readonly Branch[]): boolean {
    return branches.every(({ decision, want }) => {
      const made = this.get(decision);
      return made !== undefined && (Number((made as Host).data[0]) !== 0) === want;
    });
  }
}

function sourceOf({ source }: Var): Made | undefined {
  return source && (source.kind === "weight" ? source.slot.read() : source.value);
}
