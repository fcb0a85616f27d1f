/** Computes of a large product only the numbers that are asked for: where two logits are read, two rows of the head's weight are multiplied with. */
import { Builder } from "../ir/builder.ts";
import type { OpNode } from "../ir/node.ts";
import type { IndexParam } from "../ops/indices.ts";
import type { Params } from "../ops/spec.ts";
import type { OpName } from "../ops/table.ts";
import { plainIndices } from "./positions.ts";
import type { Asked, CallStep, OpStep, Step, Var } from "./step.ts";

/** Numbers of a weight below which a product takes as long as picking rows of it. */
const leastNumbers = 2 ** 18;

/** At least so many times as many numbers must be there as are asked for. */
const leastShare = 8;

/** What an index takes out of the last axis: all of it, or some numbers. */
type Taken = "all" | readonly number[];

/** The steps with each large untouched product of which only some numbers are read giving just those. */
export function narrowColumns(steps: readonly Step[], wanted: readonly Asked[]): Step[] {
  const columns = columnsOf(steps, wanted);
  const made: Step[] = [];
  /** What stands for a value with some of its numbers, and which. */
  const parts = new Map<Var, { readonly part: Var; readonly columns: readonly number[] }>();
  for (const step of steps) {
    const asked = step.kind === "call" && columns.get(step.outputs[0]!);
    const known = step.kind === "op" && step.inputs[0] && parts.get(step.inputs[0]);
    if (asked && isProduct(step)) {
      const part = { part: withColumns(step.outputs[0]!, asked.length), columns: asked };
      parts.set(step.outputs[0]!, part);
      made.push(...productOf(step, asked, part.part));
    } else if (known) {
      const taken = takenBy(step)!;
      const indices = [...plainIndices(step.node)!];
      let { outputs } = step;
      if (taken === "all") {
        const part = withColumns(step.outputs[0]!, known.columns.length);
        parts.set(step.outputs[0]!, { ...known, part });
        outputs = [part];
      } else {
        const places = taken.map((column) => known.columns.indexOf(column));
        indices[indices.length - 1] = Array.isArray(indices.at(-1)) ? places : places[0]!;
      }
      const node = { ...step.node, params: { ...step.node.params, indices } };
      made.push({ ...step, inputs: [known.part], outputs, node });
    } else made.push(step);
  }
  return made;
}

/** Of products that are read by index only: the numbers of their last axis that are read. */
function columnsOf(steps: readonly Step[], wanted: readonly Asked[]): Map<Var, readonly number[]> {
  const demands = new Map<Var | undefined, Taken>();
  const ask = (value: Var | undefined, taken: Taken): void => {
    const known = demands.get(value) ?? [];
    demands.set(value, taken === "all" || known === "all" ? "all" : [...new Set([...known, ...taken])]);
  };
  for (const { value } of wanted) ask(value, "all");
  const found = new Map<Var, readonly number[]>();
  for (const step of steps.toReversed()) {
    const demand = demands.get(step.outputs[0]);
    if (step.kind === "call" && isProduct(step) && demand && demand !== "all") {
      const size = step.outputs[0]!.type.shape.at(-1) as number;
      if (demand.length * leastShare <= size) found.set(step.outputs[0]!, demand);
    }
    const taken = step.kind === "op" ? takenBy(step) : undefined;
    for (const input of step.inputs) ask(input, taken === "all" ? (demand ?? "all") : (taken ?? "all"));
    for (const { decision } of step.branches) ask(decision, "all");
  }
  return found;
}

/** What an index with numbers and slices before the last axis takes out of that. */
function takenBy({ node, inputs }: OpStep): Taken | undefined {
  const indices = inputs.length === 1 ? plainIndices(node) : undefined;
  const shape = inputs[0]?.type.shape ?? [];
  const size = shape.at(-1);
  if (!indices || typeof size !== "number") return undefined;
  if (indices.some((index, axis) => Array.isArray(index) && axis !== shape.length - 1)) return undefined;
  const last: IndexParam = indices.length === shape.length ? indices.at(-1)! : ":";
  if (last === ":") return "all";
  if (typeof last === "string") return undefined;
  return [last].flat().map((at) => (Number(at) < 0 ? Number(at) + size : Number(at)));
}

/** Whether a call is one product with a large weight that lies in a file, so that rows of it are at hand. */
function isProduct({ alone, fn, inputs, outputs }: CallStep): boolean {
  const product = fn.nodes.at(-1);
  if (!alone || inputs.length !== 1 || outputs.length !== 1) return false;
  if (product?.kind !== "op" || product.op !== "linear") return false;
  const [x, ...weights] = product.inputs;
  return (
    x?.node === fn.inputs[0] &&
    fn.nodes.filter(({ kind }) => kind !== "input").length === product.inputs.length &&
    weights.every((one) => {
      const host = one?.node.kind === "weight" ? one.node.slot.read() : undefined;
      return host?.source && !host.packed;
    }) &&
    weights[0]!.type.shape.reduce<number>((product, n) => product * Number(n), 1) >= leastNumbers
  );
}

/** The product with some rows of the weight, and as many numbers of the bias. */
function productOf({ fn, inputs, branches, scope }: CallStep, columns: readonly number[], to: Var): OpStep[] {
  const made: OpStep[] = [];
  const step = (op: OpName, taken: readonly Var[], params: Params, output?: Var): Var => {
    const builder = new Builder();
    const given = taken.map(({ type }) => builder.given(type));
    const [result] = builder.op(op, given, params);
    const outputs = [output ?? { type: result!.type }];
    made.push({
      kind: "op",
      node: result!.node as OpNode,
      inputs: taken,
      outputs,
      branches,
      ...(scope && { scope }),
    });
    return outputs[0]!;
  };
  const { inputs: operands } = fn.nodes.at(-1) as OpNode;
  const weights = operands.slice(1).map((operand): Var => {
    const { node, type } = operand!;
    if (node.kind !== "weight") throw new TypeError("a product takes weights");
    return { type, source: { kind: "weight", slot: node.slot } };
  });
  const rows = weights.map((weight) => step("getitem", [weight], { indices: [[...columns]] }));
  step("linear", [...inputs.flatMap((input) => input ?? []), ...rows], {}, to);
  return made;
}

const withColumns = ({ type, loose, branches }: Var, count: number): Var => ({
  type: { ...type, shape: type.shape.with(-1, count) },
  loose: loose ?? true,
  ...(branches && { branches }),
});
