/** What is seen of a tensor now: brings together choices, cells and the width, and tells when there is something new. */
import type { AboutResult, Axes, SliceResult, TensorPayload, Tokens } from "nnsight-ts/display";
import { Cursor } from "../cursor.ts";
import type { Live } from "../live/live.ts";
import { paletteOf } from "../palette.ts";
import { settings } from "../settings.ts";
import { currentTheme } from "../theme.ts";
import { type Choices, firstChoices, isSameSlice, savedAxes, sidesIn, wholeOf } from "./choices.ts";
import { type Detail, detailOf, isWhole, type Sides } from "./detail.ts";
import { layoutOf, mainWidth, savedDetail, spaceOf, WIDTH } from "./layout.ts";
import { rangeOf } from "./range.ts";
import type { Scene } from "./scene.ts";
import { type Found, type Sought, Source, type Steps } from "./source.ts";
import { cropped, fitColumns, largestCell, placeOf, type View, viewOf } from "./view.ts";

/** What is drawn. */
interface Shown {
  readonly axes: Axes;
  readonly detail: Detail;
  readonly view: View;
  readonly rms: readonly (number | null)[];
  readonly isCurrent: boolean;
}

/** So many slices, in the direction in which a slider moves, unless a slice has more values than that. */
const AHEAD = 3;
const MOST_AHEAD = 1 << 22;
/** So many ms after the last change the reader rests. */
const REST = 200;
/** Fewer cells than these come as soon in exact numbers as in a byte each. */
const FEW_CELLS = 1 << 14;

export class Look {
  readonly cursor = new Cursor();
  readonly source: Source | undefined;
  choices: Choices;
  #width = 0;
  #shown: Shown | undefined;
  /** What the page had of the kernel's cells when it last looked. */
  #found: Found | undefined;
  #sought: Sought | undefined;
  /** While the reader does not rest. */
  #rest: ReturnType<typeof setTimeout> | undefined;
  #askedSlice: string | undefined;
  readonly #slices = new Map<string, SliceResult>();
  readonly #listeners: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  /** The slice that the notebook keeps, and its cells. */
  readonly #savedAxes: Axes;
  readonly #saved: View;
  /** The saved cells as they were last cut or shrunk: the same view as long as nothing changes. */
  #cut: { readonly as: string; readonly view: View } | undefined;

  constructor(
    readonly payload: TensorPayload,
    readonly live: Live,
  ) {
    this.choices = firstChoices(payload);
    this.#savedAxes = savedAxes(payload);
    const { rows, cols } = sidesIn(payload.shape, this.#savedAxes);
    this.#saved = viewOf(payload.preview!, rows, cols);
    if (payload.id !== undefined) this.source = new Source(payload.id, live, isWide(payload.dtype));
    live.onChange(() => this.#refresh());
  }

  get sides(): Sides {
    return sidesIn(this.payload.shape, this.choices.axes);
  }

  /** Of a dimension: those in the notebook, else all of them as the kernel tells. */
  get tokens(): Tokens | undefined {
    return this.payload.tokens ?? (this.live.about as AboutResult | undefined)?.tokens;
  }

  get isZoomed(): boolean {
    return !isWhole(this.choices.window, this.sides);
  }

  /** Calls back whenever the scene has changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** When the cells that are drawn are the exact ones that were asked for, or nobody can give these. */
  async settled(): Promise<void> {
    this.#settle();
    while (!this.#shown?.isCurrent && this.live.canAsk)
      await new Promise<void>((done) => void this.#waiting.push(done));
  }

  resize(width: number): void {
    this.#width = width;
    this.#find();
  }

  /** A rough picture that comes soon is drawn first; exact cells follow when the reader rests. */
  change(part: Partial<Choices>, isMoving = false): void {
    const before = this.choices.axes;
    this.choices = { ...this.choices, ...part };
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#settle(), REST);
    const { axes } = this.choices;
    if (axes.rowAxis !== before.rowAxis || axes.colAxis !== before.colAxis) {
      this.choices = { ...this.choices, window: wholeOf(this.sides) };
      this.cursor.pin(undefined);
    }
    this.#refresh();
    if (isMoving) this.#lookAhead(before);
  }

  #settle(): void {
    if (this.#rest === undefined) return;
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#refresh();
  }

  /** While a slider moves, the slices that come next are on their way before they are asked for. */
  #lookAhead(before: Axes): void {
    const { axes } = this.choices;
    const axis = axes.fixed.findIndex((at, i) => at !== before.fixed[i]);
    const sought = this.#sought;
    if (axis < 0 || !sought || sought.sides.rows * sought.sides.cols > MOST_AHEAD) return;
    if (!sought.rough && !isLight(sought.detail)) return;
    const step = Math.sign(axes.fixed[axis]! - before.fixed[axis]!);
    for (let i = 1; i <= AHEAD; i++) {
      const at = axes.fixed[axis]! + i * step;
      if (at < 0 || at >= this.payload.shape[axis]!) return;
      const next = { ...axes, fixed: axes.fixed.with(axis, at) };
      void this.source
        ?.fetch(`ahead ${at % AHEAD}`, { ...sought, axes: next }, sought.rough)
        .then(() => this.#shown?.isCurrent || this.#refresh());
    }
  }

  /** What is known of the slice that is drawn, once it has been asked for. */
  get slice(): SliceResult | undefined {
    return this.#slices.get(sliceKey(this.choices.axes));
  }

  /** Asks for the numbers of the slice that is drawn. */
  async askSlice(): Promise<void> {
    const { axes } = this.choices;
    const key = sliceKey(axes);
    if (this.slice || this.#askedSlice === key || !this.live.canAsk) return;
    this.#askedSlice = key;
    const reply = await this.live.ask("slice", { ask: "slice", axes, bins: 148 });
    if (this.#askedSlice === key) this.#askedSlice = undefined;
    if (reply.kind !== "result") return;
    this.#slices.set(key, reply.result as SliceResult);
    this.#tell();
  }

  get scene(): Scene {
    const { axes, detail, view, rms, isCurrent } = this.#shown!;
    const { payload, tokens } = this;
    const { range: mode, reduce } = this.choices;
    const range = rangeOf(mode, payload, view.values);
    const outliers = this.#outliers(axes);
    return {
      payload,
      axes,
      sides: sidesIn(payload.shape, axes),
      tokens,
      view,
      layout: layoutOf(detail, view, this.#width, axes.rowAxis !== null || outliers.length > 0),
      range,
      palette: paletteOf(range.palette, currentTheme(), settings().palette),
      reduce: isSaved(view, payload) ? "absmax" : reduce,
      rms,
      outliers,
      isCurrent,
    };
  }

  #outliers(axes: Axes): readonly number[] {
    const { payload } = this;
    return isSameSlice(axes, this.#savedAxes)
      ? payload.preview!.outliers
      : (this.#slices.get(sliceKey(axes))?.outliers ?? []);
  }

  #refresh(): void {
    if (this.#width === 0) return;
    this.#find();
    this.#tell();
  }

  #find(): void {
    const before = this.#shown;
    this.#sought = undefined;
    if (this.live.canAsk && this.source) this.#shown = this.#findLive(this.source);
    else if (before?.isCurrent && this.live.state !== "ready") this.#shown = before;
    else this.#shown = this.#findSaved();
    const { view, isCurrent } = this.#shown;
    if (isCurrent) this.cursor.rest(placeOf(view, largestCell(view)));
  }

  #findSaved(): Shown {
    const axes = this.#savedAxes;
    const view = this.#savedView();
    const detail = savedDetail(view, this.#width, settings().height, this.#hasWords(axes));
    return { axes, detail, view, rms: this.payload.preview!.rms, isCurrent: true };
  }

  #savedView(): View {
    const most = mainWidth(this.#width);
    return this.#cutAs(`${most}`, (saved) => fitColumns(saved, most));
  }

  #cutAs(as: string, cut: (saved: View) => View): View {
    if (this.#cut?.as !== as) this.#cut = { as, view: cut(this.#saved) };
    return this.#cut.view;
  }

  #findLive(source: Source): Shown {
    const { axes, window, reduce } = this.choices;
    const { sides } = this;
    const { height } = settings();
    const space = spaceOf(window, this.#width, height, this.#hasWords(axes), window.rows < sides.rows);
    const detail = detailOf(window, sides, space);
    const saved = this.#exactSaved(axes, detail);
    if (saved) return saved;
    const isResting = this.#rest === undefined;
    if (isResting && !isSameSlice(axes, this.#savedAxes)) void this.askSlice();
    const isExact = isLight(detail) || this.choices.range === "view";
    const rough = isExact ? undefined : rangeOf(this.choices.range, this.payload, []);
    const margin = this.#width >= WIDTH && axes.rowAxis !== null && isWholeAcross(detail, sides);
    const sought: Sought = { axes, detail, sides, reduce, margin, ...(rough && { rough }) };
    this.#sought = sought;
    const found = source.find(sought, this.#found);
    const missing = !found || (found.isRough && isResting);
    if (missing) void this.#fetch(source, sought, isResting ? undefined : rough);
    if (found) {
      this.#found = found;
      const { view, rms, isRough } = found;
      return { axes, detail, view, rms: margin ? rms : [], isCurrent: !isRough };
    }
    const last = this.#shown;
    if (last && isSameSides(last.axes, axes)) return { ...last, isCurrent: false };
    const view = this.#savedView();
    return {
      axes: this.#savedAxes,
      detail: savedDetail(view, this.#width, height, false),
      view,
      rms: [],
      isCurrent: false,
    };
  }

  async #fetch(source: Source, sought: Sought, rough: Steps | undefined): Promise<void> {
    if (await source.fetch(rough ? "rough" : "cells", sought, rough)) this.#refresh();
  }

  /** The notebook's own cells, where each holds one value. */
  #exactSaved(axes: Axes, detail: Detail): Shown | undefined {
    const { preview } = this.payload;
    const isExact = [...preview!.pool, ...detail.pool].every((n) => n === 1);
    if (!isExact || !isSameSlice(axes, this.#savedAxes)) return undefined;
    const view = this.#cutAs(JSON.stringify(detail.at), (saved) => cropped(saved, detail.at));
    return {
      axes,
      detail,
      view,
      rms: isWholeAcross(detail, this.sides) ? this.#rms(detail) : [],
      isCurrent: true,
    };
  }

  #rms({ at }: Detail): readonly (number | null)[] {
    return this.payload.preview!.rms.slice(at.row, at.row + at.rows);
  }

  #hasWords({ rowAxis }: Axes): boolean {
    return this.tokens !== undefined && this.tokens.axis === rowAxis;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
    for (const done of this.#waiting.splice(0)) done();
  }
}

const isWide = (dtype: string): boolean => ["float64", "int64", "int32"].includes(dtype);

const isSaved = (view: View, { preview }: TensorPayload): boolean =>
  view.rows === preview!.rows && view.pool[0] === preview!.pool[0];

const isLight = ({ at, pool }: Detail): boolean =>
  Math.ceil(at.rows / pool[0]) * Math.ceil(at.cols / pool[1]) <= FEW_CELLS;

const isWholeAcross = ({ at }: Detail, { cols }: Sides): boolean => at.cols === cols;

const isSameSides = (a: Axes, b: Axes): boolean => a.rowAxis === b.rowAxis && a.colAxis === b.colAxis;

const sliceKey = ({ rowAxis, colAxis, fixed }: Axes): string =>
  [rowAxis, colAxis, fixed.filter((_, axis) => axis !== rowAxis && axis !== colAxis)].join();
