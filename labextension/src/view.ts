/** The frame every viewer stands in: a widget for one output that knows its width, the theme and its kernel. */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import "../style/base.css";
import { type Cursor, linkCursors } from "./cursor.ts";
import { html } from "./dom.ts";
import { Live } from "./live/live.ts";
import { connectionAround } from "./live/session.ts";
import type { Figure, Kind, Viewer } from "./renderer.ts";
import { onSettingsChange } from "./settings.ts";
import { onThemeChange } from "./theme.ts";
import { usedFigure, useFigure } from "./used.ts";
import { mimeOf, viewers } from "./viewers.ts";

/** Data that may be asked about in the kernel carry an id. */
interface Known {
  readonly id?: string;
}

/** A figure that stands outside of any output, and asks the kernel of a session. */
export function standing(kind: Kind, data: object, sessionContext: ISessionContext): Widget {
  return together(kind, [data], sessionContext)[0]!;
}

/** Figures that stand side by side: what is pointed at in one is pointed at in all. */
export function together(
  kind: Kind,
  data: readonly object[],
  sessionContext: ISessionContext,
): readonly Widget[] {
  const views = data.map(() => Object.assign(new View(kind), { sessionContext }));
  const drawn = views.map((view, i) =>
    view.renderModel({ data: { [mimeOf(kind)]: data[i] } } as unknown as IRenderMime.IMimeModel),
  );
  void Promise.all(drawn).then(() => linkCursors(views.flatMap(({ cursor }) => cursor ?? [])));
  return views;
}

/** How near an output comes to the screen before its kernel is asked. */
const NEAR = "200px";

/** Else JupyterLab takes arrows and letters to move between cells and to change them. */
function keepKeys(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

export class View extends Widget implements IRenderMime.IRenderer {
  #figure: Figure | undefined;
  #live: Live | undefined;
  #text = "";
  #width = 0;
  #isSeen = false;
  readonly #size = new ResizeObserver(() => {
    const width = Math.floor(this.node.clientWidth);
    if (width === this.#width) return;
    this.#width = width;
    this.#redraw();
  });
  readonly #sight = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#isSeen = true;
      this.#live?.connect(connectionAround(this));
    },
    { rootMargin: NEAR },
  );
  readonly #stops = [onThemeChange(() => this.#redraw()), onSettingsChange(() => this.#redraw())];

  constructor(private readonly kind: Kind) {
    super();
    this.#size.observe(this.node);
    this.#sight.observe(this.node);
    this.node.addEventListener("keydown", keepKeys);
    for (const event of ["focusin", "pointerdown"])
      this.node.addEventListener(event, () => useFigure(this.#figure));
  }

  get cursor(): Cursor | undefined {
    return this.#figure?.cursor;
  }

  /** Called again on the same widget when a display is updated in place. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const make = (await viewers[this.kind]()) as Viewer<object>;
    if (this.isDisposed) return;
    this.#drop();
    this.#text = String(model.data["text/plain"] ?? "");
    const data = model.data[mimeOf(this.kind)] as Known;
    this.#live = new Live(data?.id);
    this.#attempt(() => {
      this.#figure = make(data, this.#live!, model.data);
      this.node.replaceChildren(this.#figure.node);
    });
    if (this.#isSeen) this.#live.connect(connectionAround(this));
    this.#redraw();
  }

  /** Nothing is drawn while the output is hidden; showing it changes its width. */
  #redraw(): void {
    if (this.#width > 0 && this.#figure) this.#attempt(() => this.#figure?.draw(this.#width));
  }

  /** Data that cannot be drawn are shown as text, with the reason in the console. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      console.error(error);
      this.#drop();
      this.node.replaceChildren(html("pre", "", this.#text));
    }
  }

  #drop(): void {
    if (usedFigure() === this.#figure) useFigure(undefined);
    this.#figure?.dispose?.();
    this.#live?.dispose();
    this.#figure = undefined;
  }

  override dispose(): void {
    this.#size.disconnect();
    this.#sight.disconnect();
    for (const stop of this.#stops) stop();
    this.#drop();
    super.dispose();
  }
}
