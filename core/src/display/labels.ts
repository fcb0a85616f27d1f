/** What the library knows of a tensor beyond its numbers. */
import { knownLine } from "../base/where.ts";
import { originOf } from "../model/envoy.ts";
import type { Tensor } from "../trace/tensor.ts";
import { heldAs, reached } from "./expression.ts";
import type { Labels } from "./payload.ts";

export function labelsOf(tensor: Tensor): Labels {
  const origin = originOf(tensor);
  const { axes } = tensor;
  const line = origin && knownLine(origin.where);
  const names = axes && namedAxes(axes.names);
  const words = axes?.words;
  const place = origin && reached(origin);
  const held = place ? undefined : heldAs((value) => value === tensor);
  return {
    ...(held !== undefined && { name: held, expression: held }),
    ...(place && {
      name: place.name,
      expression: place.expression,
      where: { ...(line && { line }), module: place.module },
    }),
    ...(names && { axes: names }),
    ...(words && { tokens: { axis: words.axis, labels: [...words.labels] } }),
  };
}

/** What a module makes for each place is its features: the last axis, when only the others have names. */
function namedAxes(names: readonly (string | undefined)[]): (string | undefined)[] {
  const rest = names.slice(0, -1);
  const features = names.length > 1 && names.at(-1) === undefined && rest.every((name) => name !== undefined);
  return features ? [...rest, "feature"] : [...names];
}
