/** ONNX files to modules. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { NNsightError, ValueError } from "../../base/errors.ts";
import { readRange } from "../../load/file-range.ts";
import type { FixedModule } from "../../nn/fixed.ts";
import type { ValueInfo } from "../../onnx/graph.ts";
import { type Beside, type FlatGraph, readModel } from "../../onnx/read.ts";
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
    const graph = readModel(new Uint8Array(readFileSync(path)), besideOf(path));
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

/** Files beside a model: in its folder, or where Hugging Face's cache keeps them both. */
function besideOf(path: string): Beside {
  const folder = dirname(resolve(path));
  const allowed = [
    folder,
    ...[folder, resolve(path)].map((one, i) => (i ? dirname(realpathSync(one)) : realpathSync(one))),
  ];
  return {
    range(location, offset, length) {
      const at = join(folder, location);
      if (!location || isAbsolute(location) || !at.startsWith(folder + sep))
        throw new ValueError(`its weights lie in '${location}', outside its folder`);
      let real: string;
      let size: number;
      try {
        real = realpathSync(at);
        ({ size } = statSync(real));
      } catch (cause) {
        throw new ValueError(`its weights in '${location}' are not there: fetch that file, too`, { cause });
      }
      if (!allowed.some((one) => real.startsWith(one + sep)))
        throw new ValueError(`its weights in '${location}' are a link that leads outside its folder`);
      if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size)
        throw new ValueError(
          `'${location}' has ${size} bytes, and weights lie at ${offset} to ${offset + length}`,
        );
      return Object.freeze({ path: real, offset, length });
    },
    read: readRange,
  };
}
