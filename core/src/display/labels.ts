/** What the library knows of a tensor beyond its numbers. */
import { knownLine } from "../base/where.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Labels } from "./payload.ts";

export function labelsOf({ origin, axes }: Tensor): Labels {
  const line = origin && knownLine(origin.where);
  const names = axes && namedAxes(axes.names);
  const words = axes?.words;
  return {
    ...(origin && {
      name: origin.expression,
      where: { ...(line && { line }), module: origin.module },
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
