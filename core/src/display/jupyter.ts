/** How a Tensor shows itself under a notebook's cell: Jupyter asks for a MIME bundle by a registered symbol. */
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { tensorBundle } from "./bundle.ts";
import { labelsOf } from "./labels.ts";
import { keepTensor } from "./live/keep.ts";
import { openValues } from "./live/values.ts";
import { openLog } from "./log/show.ts";

Object.defineProperty(Tensor.prototype, Symbol.for("Jupyter.display"), {
  value(this: Tensor): Record<string, unknown> {
    const state = this.state;
    const text = this.toString();
    if (isLazy(state)) return { "text/plain": text };
    const labels = labelsOf(this);
    const id = keepTensor(state, labels);
    return tensorBundle(state, { text, ...labels, ...(id !== undefined && { id }) });
  },
});

openLog();
openValues();
