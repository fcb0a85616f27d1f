/** Pieces that only read and write by index are done here: copying rows takes microseconds, a call of ONNX Runtime ten times as long. */
import type * as ort from "onnxruntime-node";
import type { Graphlet } from "../compile/cut.ts";
import type { OpStep, Step, Var } from "../compile/step.ts";
import { opNamed } from "../ops/named.ts";
import type { OpName } from "../ops/table.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { toHost, toRuntime } from "./values.ts";

export interface Moves {
  /** Equal for pieces that do the same to their inputs. */
  readonly identity: string;
  /** Nothing where it is so much that ONNX Runtime is faster. */
  run(inputs: readonly ort.Tensor[]): ort.Tensor[] | undefined;
}

/** How many values are read and written at most. */
const most = 2 ** 17;

/** Nothing for a piece that does anything else. */
export function movesOf({ steps, inputs, outputs }: Graphlet): Moves | undefined {
  const places = new Map<Var | undefined, number>();
  for (const one of [...inputs, ...steps.flatMap((step) => step.outputs)]) places.set(one, places.size);
  const isMove = (step: Step): step is OpStep =>
    step.kind === "op" && indexing.has(step.node.op) && step.inputs.every((input) => places.has(input));
  if (!steps.every(isMove)) return undefined;
  const placesOf = (vars: Step["inputs"]): string => vars.map((one) => places.get(one)).join();
  const lines = steps.map(
    ({ node, inputs }) => `${node.op}(${placesOf(inputs)})${JSON.stringify(node.params)}`,
  );
  return {
    identity: `moves ${lines.join(";")}:${placesOf(outputs)}`,
    run: (given) => {
      const made = new Map(inputs.map((input, i): [Var, Host] => [input, toHost(given[i]!)]));
      for (const { node, inputs, outputs } of steps) {
        const hosts = inputs.map((input) => made.get(input!)!);
        if (movedBy(node, hosts) > most) return undefined;
        made.set(outputs[0]!, opNamed(node.op).evaluate(hosts, node.params) as Host);
      }
      return outputs.map((output) => toRuntime(made.get(output)!));
    },
  };
}

const indexing: ReadonlySet<string> = new Set(["getitem", "setitem"] satisfies OpName[]);

/** The size of the part that is read or written. */
function movedBy({ op, params }: OpStep["node"], [x, ...others]: readonly Host[]): number {
  const tensors = op === "setitem" ? others.slice(1) : others;
  const { shape } = opNamed("getitem").infer([x!, ...tensors], params) as Type;
  return sizeOf(shape as number[]);
}
