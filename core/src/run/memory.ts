/** What a run has made so far, and which branches it takes. */
import type * as ort from "onnxruntime-node";
import { RuntimeError } from "../base/errors.ts";
import type { Branch, Var } from "../compile/step.ts";
import type { Host } from "../tensor/host.ts";
import { toHost, toRuntime } from "./values.ts";

export class Values {
  readonly #made = new Map<Var, ort.Tensor>();

  set(value: Var, made: ort.Tensor): void {
    this.#made.set(value, made);
  }

  /** For ONNX Runtime. @throws RuntimeError when the value is not there, which is a fault of the planner */
  runtime(value: Var): ort.Tensor {
    const made = this.#made.get(value);
    if (made) return made;
    const host = sourceOf(value);
    if (!host)
      throw new RuntimeError(
        "a value is used before the step that makes it: this is a fault of nnsight-ts, please report it.",
      );
    const fresh = toRuntime(host);
    this.#made.set(value, fresh);
    return fresh;
  }

  /** The numbers, or nothing when the branch that makes them was not taken. */
  host(value: Var): Host | undefined {
    const made = this.#made.get(value);
    return made ? toHost(made) : sourceOf(value);
  }

  /** Whether all the branches are taken. A decision that was not reached takes neither side. */
  taken(branches: readonly Branch[]): boolean {
    return branches.every(({ decision, want }) => {
      const host = this.host(decision);
      return host !== undefined && (Number(host.data[0]) !== 0) === want;
    });
  }
}

function sourceOf({ source }: Var): Host | undefined {
  return source && (source.kind === "weight" ? source.slot.read() : source.value);
}
