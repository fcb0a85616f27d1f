/** A model's modules as a tree to walk: by path, by name, or all of them. */
import { AttributeError } from "../base/errors.ts";
import type { Module } from "../nn/module.ts";
import { guarded } from "../trace/contexts.ts";
import type { Tensor } from "../trace/tensor.ts";

/** What is at a path, in steps of one name each; a path may go on into a value: `layers.0.output.0`. */
function at(from: unknown, path: string): unknown {
  const parts = path.split(".").filter(Boolean);
  return parts.reduce((place, part, i) => {
    const found: unknown = Reflect.get(Object(place), part);
    if (found !== undefined) return found;
    throw new AttributeError(`'${parts.slice(0, i).join(".")}' has no '${part}'.`);
  }, from);
}

/**
 * @param self the envoy of the module
 * @param parameter how a parameter is shown at this moment
 * @param translate other ways to write a path, as this tree knows it
 */
export function treeOf(
  self: object,
  module: Module,
  parameter: (value: Tensor, name: string) => Tensor,
  translate = (path: string): string => path,
) {
  const namedModules = (): [string, unknown][] =>
    [...module.namedModules()].map(([path]) => [path, at(self, path)]);
  const namedParameters = (): [string, Tensor][] =>
    [...module.namedParameters()].map(([path, value]) => [path, parameter(value, path)]);
  return {
    get: (path: string) => guarded(() => at(self, translate(path))),
    children: () => Object.keys(module.children).map((name) => at(self, name)),
    namedModules,
    modules: (include: (envoy: unknown) => boolean = () => true) =>
      namedModules()
        .map(([, envoy]) => envoy)
        .filter(include),
    namedParameters,
    parameters: () => namedParameters().map(([, value]) => value),
  };
}
