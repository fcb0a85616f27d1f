/** A tensor under a cell: header, statistics, legend, heatmap, foot. */
import type { Preview, TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatScalar } from "../format.ts";
import { colourAt, paletteOf } from "../palette.ts";
import { currentTheme } from "../theme.ts";
import { Cursor } from "./cursor.ts";
import { figure } from "./figure.ts";
import { foot } from "./foot.ts";
import { header } from "./header.ts";
import { layoutOf, mainWidth, WIDTH } from "./layout.ts";
import { legend } from "./legend.ts";
import { numbers } from "./numbers.ts";
import { downloadPicture } from "./picture.ts";
import { readout } from "./readout.ts";
import { poolNote, slices } from "./slices.ts";
import { statistics } from "./statistics.ts";
import { type Cell, fitColumns, largestCell, type View, viewOf } from "./view.ts";

/** What the reader has chosen; it outlives a redrawing. */
interface Choices {
  pinned: Cell | undefined;
  numbers: boolean;
}

export function drawTensor(payload: TensorPayload): (width: number) => HTMLElement {
  const { preview } = payload;
  if (!preview || payload.shape.length === 0) {
    return () => html("div", "nnsight-tensor", header(payload), plainValue(payload), foot(payload, {}));
  }
  const whole = viewOf(preview);
  const choices: Choices = { pinned: undefined, numbers: false };
  return (width) => {
    const parts = cardParts(payload, preview, whole, Math.min(WIDTH, width), choices);
    return html("div", `nnsight-tensor${width < WIDTH ? " nnsight-narrow" : ""}`, ...parts);
  };
}

/** A scalar's value, or that there is none. */
function plainValue({ preview, dtype, shape, axes }: TensorPayload): HTMLElement {
  if (preview)
    return html(
      "div",
      "nnsight-row nnsight-scalar",
      html("b", "", formatScalar(viewOf(preview).values[0]!, dtype)),
    );
  const empty = shape.indexOf(0);
  return html(
    "div",
    "nnsight-row nnsight-dim",
    `no values: ${axes[empty] ?? `dimension ${empty}`} has size 0`,
  );
}

function cardParts(
  payload: TensorPayload,
  preview: Preview,
  whole: View,
  width: number,
  choices: Choices,
): HTMLElement[] {
  const { lo, hi, palette: name } = payload.range;
  const palette = paletteOf(name, currentTheme());
  const paint = (value: number) => (Number.isNaN(value) ? undefined : colourAt(palette, value, lo, hi));

  const view = fitColumns(whole, mainWidth(width));
  const layout = layoutOf(view, width, {
    words: payload.tokens?.axis === preview.rowAxis,
    above: preview.rowAxis !== null || preview.outliers.length > 0,
  });
  const cursor = new Cursor(largestCell(view), view, choices.pinned);
  cursor.onChange(() => {
    choices.pinned = cursor.pinned;
  });
  const key = legend(payload, palette);
  const heat = figure(payload, view, layout, paint, cursor);
  const table = html("div", "", ...(choices.numbers ? [numbers(payload, view)] : []));
  const last = foot(payload, {
    numbers: {
      shown: choices.numbers,
      show: (shown) => {
        choices.numbers = shown;
        table.replaceChildren(...(shown ? [numbers(payload, view)] : []));
      },
    },
    png: () => downloadPicture(payload, heat, key),
  });
  const held = [...slices(payload, preview), ...poolNote(payload, view, layout)];
  const row = html("div", "nnsight-row", ...held, readout(payload, view, cursor, paint));
  const lines = html("div", "nnsight-lines", statistics(payload), row);
  return layout.beside
    ? [header(payload), html("div", "nnsight-meta", lines, key), heat, last, table]
    : [header(payload), html("div", "", lines), heat, html("div", "nnsight-below", key), last, table];
}
