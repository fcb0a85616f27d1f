/** ONNX files to modules. */
import { NNsightError, ValueError } from "../../base/errors.ts";
import { readOnnx } from "../../load/onnx-file.ts";
import type { FixedModule } from "../../nn/fixed.ts";
import type { Fixed } from "../../onnx/branches.ts";
import type { FlatGraph } from "../../onnx/read.ts";
import { typesIn } from "../../run/infer.ts";
import type { Type } from "../../tensor/type.ts";
import { buildModule } from "./build.ts";
import { named, sumsOf } from "./inputs.ts";

export interface OnnxModel {
  readonly module: FixedModule;
  /** What it takes, in order. */
  readonly inputs: readonly { readonly name: string; readonly type: Type }[];
}

/**
 * The model in a file, as a tree of modules. Weights stay in their files.
 * @param fixed inputs that choose branches, and what they are
 * @throws ValueError when the file is not there, is broken, or holds what is not read
 */
export async function openOnnx(path: string, fixed: Fixed = {}): Promise<OnnxModel> {
  try {
    const graph = readOnnx(path, fixed);
    const inputs = named(graph.inputs);
    const nodes = graph.nodes.map(({ attributes, captures = [], ...node }) => ({
      ...node,
      inputs: node.inputs.slice(0, node.inputs.length - captures.length),
      attributes: Object.fromEntries(attributes.map(([name, proto]) => [name, { proto }])),
    }));
    const weights = [...graph.weights].map(([name, value]) => ({ name, value }));
    const closed = graph.nodes.some(({ captures }) => captures);
    const types = await typesIn(nodes, inputs, weights, { sums: sumsOf(inputs), closed });
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
