/** What a viewer is, and a renderer for each type of output: small, as every page loads it. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { PanelLayout, Widget } from "@lumino/widgets";
import type { Cursor } from "./cursor.ts";
import type { Live } from "./live/live.ts";
import type { View } from "./view.ts";
import { mimeOf, type viewers } from "./viewers.ts";

export type Kind = keyof typeof viewers;

/** One output on the page. */
export interface Figure {
  readonly node: HTMLElement;
  /** Draws all of it, so many px wide; called again when the width, the theme or the settings have changed. */
  draw(width: number): void;
  /** What can be done with it, for the foot of the figure and the command palette. */
  readonly actions?: readonly Action[];
  /** Where it is looked at; cursors of several figures can be linked. */
  readonly cursor?: Cursor;
  dispose?(): void;
}

export interface Action {
  /** In the command palette: `nnsight:<id>`. The same thing has the same id in every viewer. */
  readonly id: ActionId;
  readonly label: string;
  act(): void;
}

export type ActionId =
  | "numbers"
  | "histogram"
  | "copy-expression"
  | "png"
  | "svg"
  | "npy"
  | "whole"
  | "compare";

/** `bundle`: all forms of the output, by MIME type. */
export type Viewer<Data> = (data: Data, live: Live, bundle: IRenderMime.IMimeModel["data"]) => Figure;

/** Draws outputs of one type. */
export function renderer(kind: Kind): IRenderMime.IExtension {
  return {
    id: `nnsight-ts-labextension:${kind}`,
    rank: 0,
    dataType: "json",
    rendererFactory: {
      safe: true,
      mimeTypes: [mimeOf(kind)],
      createRenderer: () => new Output(kind),
    },
  };
}

/** Until the first output is shown a page pays for this alone. */
class Output extends Widget implements IRenderMime.IRenderer {
  #view: Promise<View> | undefined;

  constructor(private readonly kind: Kind) {
    super();
    this.layout = new PanelLayout();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#view ??= this.#made();
    await (await this.#view).renderModel(model);
  }

  async #made(): Promise<View> {
    const { View } = await import("./view.ts");
    const view = new View(this.kind);
    if (this.isDisposed) view.dispose();
    else (this.layout as PanelLayout).addWidget(view);
    return view;
  }
}
