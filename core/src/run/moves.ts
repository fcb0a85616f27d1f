/** Pieces that only read and write by index are done here: copying rows takes microseconds, a call of ONNX Runtime ten times as long. */
import type * as ort from "onnxruntime-node";
import type { Graphlet } from "../compile/cut.ts";
import type { OpStep, Step, Var } from "../compile/step.ts";
import type { IndexParam } from "../ops/indices.ts";
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
        const shape = movedBy(node, hosts);
        if (sizeOf(shape) > most) return undefined;
        made.set(
          outputs[0]!,
          isWhole(node, hosts, shape)
            ? { ...hosts[0]!, shape }
            : (opNamed(node.op).evaluate(hosts, node.params) as Host),
        );
      }
      return outputs.map((output) => toRuntime(made.get(output)!));
    },
  };
}

const indexing: ReadonlySet<string> = new Set(["getitem", "setitem"] satisfies OpName[]);

/** Whether all values are read in their order, as where the last position is the only one: they are not copied. */
const isWhole = ({ op, params }: OpStep["node"], [x, ...others]: readonly Host[], shape: readonly number[]) =>
  op === "getitem" &&
  others.length === 0 &&
  sizeOf(shape) === sizeOf(x!.shape) &&
  !(params["indices"] as readonly IndexParam[]).some(Array.isArray);

/** The shape of the part that is read or written. */
function movedBy({ op, params }: OpStep["node"], [x, ...others]: readonly Host[]): readonly number[] {
  const tensors = op === "setitem" ? others.slice(1) : others;
  const { shape } = opNamed("getitem").infer([x!, ...tensors], params) as Type;
  return shape as number[];
}
