/** How tensors and models show themselves under a notebook's cell: Jupyter asks for a MIME bundle by a registered symbol. */
import { drawEnvoys } from "../model/envoy.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { tensorBundle } from "./bundle.ts";
import { labelsOf } from "./labels.ts";
import { keepTensor } from "./live/keep.ts";
import { openValues } from "./live/values.ts";
import { openLog } from "./log/show.ts";
import { model } from "./show/graph.ts";

const display = Symbol.for("Jupyter.display");

Object.defineProperty(Tensor.prototype, display, {
  value(this: Tensor): Record<string, unknown> {
    const state = this.state;
    const text = this.toString();
    if (isLazy(state)) return { "text/plain": text };
    const labels = labelsOf(this);
    const id = keepTensor(state, labels);
    return tensorBundle(state, { text, ...labels, ...(id !== undefined && { id }) });
  },
});

/** A model, or a module of one, is its tree of modules; one that cannot be recorded yet is only printed. */
drawEnvoys((envoy) => {
  try {
    return (Reflect.get(model(envoy), display) as () => Record<string, unknown>)();
  } catch {
    return {};
  }
});

openLog();
openValues();
