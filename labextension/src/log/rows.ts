/** Lines of log in one grid, so that numbers of all lines can be compared down the page. */
import "../../style/log.css";
import type { LogLine, LogTensor } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html, svg } from "../dom.ts";
import { formatInteger, formatNumber, formatSeconds } from "../format.ts";
import { jumpToLine } from "../provenance.ts";

/** One row: a tensor with the words before it, or words alone. */
export interface Row {
  readonly text: string;
  readonly tensor?: LogTensor;
}

export function rowsOf({ parts }: LogLine): Row[] {
  const rows: Row[] = [];
  let text = "";
  for (const part of parts) {
    if ("text" in part) text = part.text;
    else {
      rows.push({ text, tensor: part.tensor });
      text = "";
    }
  }
  return text || rows.length === 0 ? [...rows, { text }] : rows;
}

export interface RowActions {
  /** Elements of the notebook stand around this one. */
  readonly around: HTMLElement;
  /** `at`: the place of the row in its line. */
  open(tensor: LogTensor, row: HTMLElement, at: number): void;
  made?(tensor: LogTensor, row: HTMLElement, at: number): void;
}

/** The rows of a line; only the first says when and where. */
export const lineRows = (line: LogLine, actions: RowActions): HTMLElement[] =>
  rowsOf(line).map((row, i) => rowOf(row, i === 0 ? line : undefined, i, actions));

function rowOf(
  { text, tensor }: Row,
  line: LogLine | undefined,
  at: number,
  actions: RowActions,
): HTMLElement {
  const row = html("div", "nnsight-log-row");
  const when = html("span", "nnsight-dim", line ? formatSeconds(line.seconds) : "");
  row.append(when, line?.line ? origin(line.line, actions.around) : html("span"));
  if (!tensor) row.append(html("span", "nnsight-log-words", text));
  else {
    const open = () => actions.open(tensor, row, at);
    row.append(html("b", "", text.replace(/[\s:=]+$/, "")), ...tensorCells(tensor, open));
    actions.made?.(tensor, row, at);
  }
  return row;
}

function tensorCells(tensor: LogTensor, open: () => void): HTMLElement[] {
  const shape = action(`[${tensor.shape.join(", ")}]`, open);
  shape.classList.add("nnsight-log-shape");
  shape.ariaExpanded = "false";
  const { min, max, mean, std } = tensor;
  const value = (sign: string, x: number | null) =>
    html("span", "", html("span", "nnsight-dim", `${sign} `), x === null ? "–" : formatNumber(x));
  const ends = min === null || max === null ? "–" : `[${formatNumber(min)}, ${formatNumber(max)}]`;
  return [
    shape,
    html("span", "nnsight-dim nnsight-log-dtype", shortDtype(tensor.dtype)),
    html("span", "nnsight-log-ends", html("span", "nnsight-dim", "∈ "), ends),
    value("μ", mean),
    value("σ", std),
    spark(tensor.spread),
    html("span", "nnsight-odd", odd(tensor)),
  ];
}

/** `f32`, `bf16`, `i64`; the others as they are. */
export const shortDtype = (dtype: string): string =>
  dtype
    .replace(/^bfloat/, "bf")
    .replace(/^float/, "f")
    .replace(/^int/, "i")
    .replace(/^uint/, "u");

const odd = ({ nan, inf }: LogTensor): string =>
  [
    [nan, "nan"],
    [inf, "inf"],
  ]
    .flatMap(([count, what]) => (count ? [`${formatInteger(Number(count))} ${what}`] : []))
    .join(" ");

function origin(line: string, around: HTMLElement): HTMLElement {
  const link = action(line, () => jumpToLine(line, around));
  link.classList.add("nnsight-line");
  link.title = "Show the line";
  return link;
}

/** Counts on a logarithmic scale. */
function spark(counts: readonly number[]): HTMLElement {
  const [width, height] = [60, 14];
  const most = Math.log1p(Math.max(1, ...counts));
  const step = width / counts.length;
  const bars = counts.flatMap((count, i) => {
    if (count === 0) return [];
    const size = Math.max(1, (Math.log1p(count) / most) * height);
    return [svg("rect", { x: i * step, y: height - size, width: step - 0.5, height: size })];
  });
  return html(
    "span",
    "nnsight-spark",
    svg("svg", { width, height, "aria-hidden": "true" }, ...bars) as never,
  );
}
