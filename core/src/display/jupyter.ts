/** How a Tensor shows itself under a notebook's cell: Jupyter asks for a MIME bundle by a registered symbol. */
import { lineOf } from "../base/where.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { tensorBundle } from "./bundle.ts";
import { keepTensor } from "./live/keep.ts";

Object.defineProperty(Tensor.prototype, Symbol.for("Jupyter.display"), {
  value(this: Tensor): Record<string, unknown> {
    const state = this.state;
    const text = this.toString();
    if (isLazy(state)) return { "text/plain": text };
    const { origin, axes } = this;
    const names = axes && namedAxes(axes.names);
    const words = axes?.words;
    const tokens = words && { axis: words.axis, labels: [...words.labels] };
    const id = keepTensor(state, tokens);
    return tensorBundle(state, {
      text,
      ...(id !== undefined && { id }),
      ...(origin && {
        name: origin.expression,
        where: { line: lineOf(origin.where).replace(/:\d+$/, ""), module: origin.module },
      }),
      ...(names && { axes: names }),
      ...(tokens && { tokens }),
    });
  },
});

/** What a module makes for each place is its features: the last axis, when only the others have names. */
function namedAxes(names: readonly (string | undefined)[]): (string | undefined)[] {
  const rest = names.slice(0, -1);
  const features = names.length > 1 && names.at(-1) === undefined && rest.every((name) => name !== undefined);
  return features ? [...rest, "feature"] : [...names];
}
