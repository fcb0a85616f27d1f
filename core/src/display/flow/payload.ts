/** What our viewer gets of a module's inside: bodies of steps and edges, each form once, however often it is called. */
import type { Where } from "../payload.ts";

export const FLOW_MIME = "application/vnd.nnsight.flow.v1+json";

export interface FlowStep {
  /** `group`: modules in a row that are alike; `op` with a body: more than one ONNX operator. */
  readonly kind: "input" | "output" | "operator" | "op" | "call" | "group";
  /** The ONNX operator, the name of the module, or of the argument. */
  readonly label: string;
  /** What is said of it in smaller letters: a class, weights, attributes. */
  readonly detail?: string;
  /** Of its first result, such as `float32[batch, position, 576]`. */
  readonly type?: string;
  /** What it opens into. */
  readonly body?: number;
}

export interface FlowBody {
  readonly steps: readonly FlowStep[];
  /** From step to step: a value on its way. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** How many operators there are in it, with those of its calls. */
  readonly size: number;
}

export interface FlowPayload {
  readonly name: string;
  /** The class of the module. */
  readonly kind: string;
  readonly where?: Where;
  readonly bodies: readonly FlowBody[];
  /** The body that is shown first. */
  readonly root: number;
}
