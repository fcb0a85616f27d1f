/** A program as a picture: `tracer.vis()`, which `model.vis()` calls for a model with its edits. */

import type { Program } from "../../ir/program.ts";
import { print } from "../../ir/text/print.ts";
import type { PieceReport } from "../../run/report.ts";
import { Sequence } from "../../trace/sequence.ts";
import { draw } from "./draw.ts";
import { graphOf } from "./graph.ts";
import { fitted, GRAPH_MIME, type GraphPayload } from "./payload.ts";
import { timed } from "./times.ts";

export class Picture {
  /** The picture by itself, for a file or a page. */
  readonly svg: string;
  /** The same as data, at most 64 KB. */
  readonly graph: GraphPayload;
  readonly #text: string;

  constructor(program: Program, name: string, pieces: readonly PieceReport[] = []) {
    this.graph = fitted(timed(graphOf(program, name), pieces));
    this.svg = draw(this.graph);
    this.#text = print(program).text;
  }

  /** The program as text. */
  toString(): string {
    return this.#text;
  }

  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    return { [GRAPH_MIME]: this.graph, "image/svg+xml": this.svg, "text/plain": this.#text };
  }
}

declare module "../../trace/sequence.ts" {
  interface Sequence {
    /**
     * The program as it is written so far, as a picture: modules on the left, what is written beside them, time downwards.
     * After the run also what each part took, and the bytes of what was saved.
     * A notebook shows it; `svg` is its text. Where nothing is saved yet, all modules are drawn as if they were run.
     * @param name what stands above it
     */
    vis(name?: string): Picture;
  }
}

Object.defineProperty(Sequence.prototype, "vis", {
  value(this: Sequence, name = this.recording.kind): Picture {
    const pieces = this.recording.state === "open" ? [] : this.report().pieces;
    return new Picture(this.program, name, pieces);
  },
  configurable: true,
  writable: true,
});
