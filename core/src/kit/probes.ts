/** Linear probes: what can be read from hidden states by a line. */
import { type Tensor, tensor, ValueError } from "../index.ts";
import { type Labelled, labelled } from "./labelled.ts";
import { solve } from "./solve.ts";

/** A direction and where it begins. */
export interface Probe {
  readonly weight: Labelled<{ feature: number[] }>;
  readonly bias: number;
  /** For features `[…, hidden]` what it says, `[…]`: a value, or of a logistic probe the log-odds of `true`. */
  predict(features: Tensor): Tensor;
}

export interface ProbeOptions {
  /** What the squared length of the weight costs; the bias costs nothing. Default 1. */
  readonly penalty?: number;
}

/**
 * Least squares with a penalty: minimises Σ (x · w + b − y)² + penalty · |w|².
 * @param features `[example, hidden]`
 * @param targets a number for each example
 * @throws ValueError for another number of targets, or features that depend on each other without a penalty
 * @see scikit-learn, `Ridge`; Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016
 */
export function ridgeProbe(
  features: Tensor,
  targets: readonly number[],
  { penalty = 1 }: ProbeOptions = {},
): Probe {
  const { rows, hidden, mean, x } = read(features, targets.length);
  const centre = targets.reduce((a, b) => a + b, 0) / rows;
  const gram = new Float64Array(hidden * hidden);
  const right = new Float64Array(hidden);
  for (let r = 0; r < rows; r++)
    accumulate(gram, right, (i) => x[r * hidden + i]! - mean[i]!, 1, targets[r]! - centre, hidden);
  for (let i = 0; i < hidden; i++) gram[i * hidden + i]! += penalty;
  const weight = solve(gram, right);
  return probe(weight, centre - weight.reduce((sum, w, i) => sum + w * mean[i]!, 0), "ridge probe");
}

/**
 * Logistic regression, by Newton's method: minimises Σ log(1 + exp(−±(x · w + b))) + penalty / 2 · |w|².
 * @param features `[example, hidden]`
 * @param labels whether each example is of the kind
 * @throws ValueError for another number of labels, or labels that are all the same
 * @see scikit-learn, `LogisticRegression` with C = 1 / penalty
 */
export function logisticProbe(
  features: Tensor,
  labels: readonly boolean[],
  { penalty = 1 }: ProbeOptions = {},
): Probe {
  const { rows, hidden, x } = read(features, labels.length);
  if (new Set(labels.map(Boolean)).size < 2)
    throw new ValueError("all examples of the probe are of one kind: give some of each.");
  const size = hidden + 1;
  const at = (r: number, i: number): number => (i < hidden ? x[r * hidden + i]! : 1);
  const w = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  for (let turn = 0; turn < 50; turn++) {
    hessian.fill(0);
    const slope = new Float64Array(size);
    for (let r = 0; r < rows; r++) {
      let score = 0;
      for (let i = 0; i < size; i++) score += at(r, i) * w[i]!;
      const likely = 1 / (1 + Math.exp(-score));
      const spread = Math.max(likely * (1 - likely), 1e-12);
      accumulate(hessian, slope, (i) => at(r, i), spread, (Number(labels[r]) - likely) / spread, size);
    }
    for (let i = 0; i < hidden; i++) {
      hessian[i * size + i]! += penalty;
      slope[i]! -= penalty * w[i]!;
    }
    const step = solve(hessian, slope);
    for (let i = 0; i < size; i++) w[i]! += step[i]!;
    if (Math.max(...step.map(Math.abs)) < 1e-10) break;
  }
  return probe(w.slice(0, hidden), w[hidden]!, "logistic probe");
}

/** Adds one example to X'SX and X'Sy. */
function accumulate(
  gram: Float64Array,
  right: Float64Array,
  at: (i: number) => number,
  share: number,
  target: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const scaled = at(i) * share;
    right[i]! += scaled * target;
    for (let j = 0; j <= i; j++) gram[i * size + j]! += scaled * at(j);
  }
}

function read(features: Tensor, count: number) {
  const [rows = 0, hidden = 0] = features.shape;
  if (features.ndim !== 2 || rows !== count || rows === 0)
    throw new ValueError(
      `a probe takes features [example, hidden] and a target for each example; it was given [${features.shape.join(", ")}] and ${count}.`,
    );
  const x = Float64Array.from(features.data, Number);
  const mean = new Float64Array(hidden);
  for (let i = 0; i < x.length; i++) mean[i % hidden]! += x[i]! / rows;
  return { rows, hidden, x, mean };
}

function probe(weight: Float64Array, bias: number, title: string): Probe {
  const values = tensor([...weight]);
  return {
    weight: labelled(values, { feature: [...weight].map((_, i) => i) }, title),
    bias,
    predict: (features) => features.matmul(values).add(bias),
  };
}
