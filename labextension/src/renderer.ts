/** A viewer as JupyterLab wants it: a factory of widgets for one MIME type. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { html } from "./dom.ts";
import { onThemeChange } from "./theme.ts";

/** Given data, how to draw them in so many px; called again whenever the width or the theme has changed. */
export type Draw<Data> = (data: Data) => (width: number) => HTMLElement;

export function viewer<Data>(name: string, mimeType: string, draw: Draw<Data>): IRenderMime.IExtension {
  return {
    id: `nnsight-ts-labextension:${name}`,
    rank: 0,
    dataType: "json",
    rendererFactory: {
      safe: true,
      mimeTypes: [mimeType],
      createRenderer: () => new View(mimeType, draw),
    },
  };
}

class View<Data> extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #draw: Draw<Data>;
  #drawAt: (width: number) => HTMLElement = () => html("div");
  #width = 0;
  readonly #size = new ResizeObserver(() => {
    const width = Math.floor(this.node.clientWidth);
    if (width === this.#width) return;
    this.#width = width;
    this.#redraw();
  });
  readonly #stopTheme = onThemeChange(() => this.#redraw());

  constructor(mimeType: string, draw: Draw<Data>) {
    super();
    this.#mimeType = mimeType;
    this.#draw = draw;
    this.#size.observe(this.node);
  }

  /** Called again on the same widget when a display is updated in place. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const text = () => html("pre", "", String(model.data["text/plain"] ?? ""));
    this.#drawAt = orElse(text, () => this.#draw(model.data[this.#mimeType] as Data));
    this.#redraw();
  }

  /** Nothing is drawn while the output is hidden; showing it changes its width. */
  #redraw(): void {
    if (this.#width > 0) this.node.replaceChildren(this.#drawAt(this.#width));
  }

  override dispose(): void {
    this.#size.disconnect();
    this.#stopTheme();
    super.dispose();
  }
}

/** Data that cannot be drawn are shown as text, with the reason in the console. */
function orElse(
  text: () => HTMLElement,
  prepare: () => (width: number) => HTMLElement,
): (width: number) => HTMLElement {
  let draw: ((width: number) => HTMLElement) | undefined;
  return (width) => {
    try {
      return (draw ??= prepare())(width);
    } catch (error) {
      console.error(error);
      return text();
    }
  };
}
