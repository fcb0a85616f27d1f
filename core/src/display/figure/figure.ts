/** `figure({ data, layout })`: a plotly.js figure that a notebook shows. */
import { figureBundle } from "./payload.ts";
import type { FigureSpec } from "./spec.ts";

/**
 * A figure of plotly.js's traces and layout. As the last value of a cell, or in `display`, it is drawn under the cell.
 * Tensors may stand wherever plotly.js takes an array; of more values than a notebook should keep a sample is shown, which
 * keeps peaks and says so.
 * @example display(figure({ data: [{ y: losses, name: "loss" }], layout: { yaxis: { type: "log" } } }))
 * @throws ValueError when it is shown: `data` is no list of traces, a matrix has rows of several lengths, or a tensor has not
 *   been run
 */
export const figure = (spec: FigureSpec): Figure => new Figure(spec);

export class Figure {
  constructor(readonly spec: FigureSpec) {}

  /** The MIME bundle: for our viewer, for plotly.js where it has room, a picture and a sentence. */
  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    return figureBundle(this.spec);
  }
}
