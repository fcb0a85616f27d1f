/** ONNX files to modules. */
import { NNsightError, ValueError } from "../../base/errors.ts";
import { readOnnx } from "../../load/onnx-file.ts";
import type { FixedModule } from "../../nn/fixed.ts";
import type { ValueInfo } from "../../onnx/graph.ts";
import type { FlatGraph } from "../../onnx/read.ts";
import { typesIn } from "../../run/infer.ts";
import type { Type } from "../../tensor/type.ts";
import { buildModule } from "./build.ts";

export interface OnnxModel {
  readonly module: FixedModule;
  /** What it takes, in order. */
  readonly inputs: readonly { readonly name: string; readonly type: Type }[];
}

/**
 * The model in a file, as a tree of modules. Weights stay in their files.
 * @throws ValueError when the file is not there, is broken, or holds what is not read
 */
export async function openOnnx(path: string): Promise<OnnxModel> {
  try {
    const graph = readOnnx(path);
    const inputs = named(graph.inputs);
    const nodes = graph.nodes.map(({ attributes, ...node }) => ({
      ...node,
      attributes: Object.fromEntries(attributes.map(([name, proto]) => [name, { proto }])),
    }));
    const weights = [...graph.weights].map(([name, value]) => ({ name, value }));
    const types = await typesIn(nodes, inputs, weights);
    for (const { name, dtype, shape } of inputs)
      types.set(name, {
        dtype: dtype!,
        shape: shape.map((size, axis) =>
          typeof size === "number" ? size : { name: size ?? `${name}.${axis}` },
        ),
      });
    const module = buildModule({ ...graph, inputs } satisfies FlatGraph, types);
    return { module, inputs: inputs.map(({ name }) => ({ name, type: types.get(name)! })) };
  } catch (cause) {
    const problem = cause instanceof NNsightError ? cause.message : (cause as Error).message;
    throw new ValueError(`${path} is not a usable ONNX file: ${problem}.`, { cause });
  }
}

/** The first axis of the first input is the batch, whatever the file calls it. */
function named(inputs: readonly ValueInfo[]): ValueInfo[] {
  const batch = inputs[0]?.shape[0];
  const renamed = (size: number | string | null): number | string | null =>
    typeof size === "string" && size === batch ? "batch" : size;
  return inputs.map((one, i) => ({
    ...one,
    shape: one.shape.map((size, axis) => (i === 0 && axis === 0 && size === null ? "batch" : renamed(size))),
  }));
}
