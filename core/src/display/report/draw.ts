/** The flame picture of a report: an SVG that needs nothing around it, in light and dark. */
import { type PieceReport, type Report, sizeText, timeText, wordsOf } from "../../run/report.ts";
import { escaped, short } from "../figure/svg.ts";
import { type Frame, framesOf } from "./frames.ts";

const WIDTH = 820;
const TOP = 56;
const ROW = 20;
/** The width of a letter, about. */
const MONO = 6.65;

export function draw(report: Report): string {
  const { pieces, milliseconds } = report;
  const frames = framesOf(pieces);
  const scale = WIDTH / (milliseconds || 1);
  const height = TOP + ROW * Math.max(1, ...frames.map(({ depth }) => depth + 1)) + 52;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(`What a run took: ${summaryOf(report)}.`)}">`,
    `<style>${style}</style><rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="name" x="0" y="16">${timeText(milliseconds)}</text>`,
    `<text class="word" x="${timeText(milliseconds).length * 8 + 12}" y="16">${escaped(summaryOf(report))}</text>`,
    ...ticksOf(milliseconds, scale),
    ...frames.map((frame) => frameOf(frame, scale)),
    ...footOf(pieces, height),
    "</svg>",
  ].join("\n");
}

const style = `
svg{--page:#fff;--ink:#1f1f1f;--ink2:#616161;--line:#e0e0e0;--tick:#b4b4b4;--faint:#f6f6f5;--write:#b9531a;--ran:#cfe3df;--tail:#cfe0ed}
@media(prefers-color-scheme:dark){svg{--page:#111;--ink:#e6e6e6;--ink2:#a8a8a8;--line:#333;--tick:#5c5c5c;--faint:#1a1a1a;--write:#ee9f60;--ran:#1f5a59;--tail:#255881}}
text{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
.name{font-size:13px;font-weight:600}.word{font:11px system-ui,sans-serif;fill:var(--ink2)}.tick{font:10px system-ui,sans-serif;fill:var(--ink2)}
.end{text-anchor:end}.page{fill:var(--page)}path{stroke:var(--line)}
.around{fill:var(--faint)}.ran{fill:var(--ran)}.tail{fill:var(--tail)}.memo{fill:var(--page);stroke:var(--tick);stroke-dasharray:3 3}
.made{fill:var(--write)}`;

/** Round times above the frames. */
function ticksOf(milliseconds: number, scale: number): string[] {
  const step = [1, 2, 5].flatMap((x) => [-3, -2, -1, 0, 1, 2, 3, 4, 5].map((e) => x * 10 ** e));
  const chosen = step.sort((a, b) => a - b).find((one) => milliseconds / one <= 8) ?? milliseconds;
  const count = chosen > 0 ? Math.floor(milliseconds / chosen) : 0;
  return Array.from({ length: count }, (_, i) => {
    const time = (i + 1) * chosen;
    const x = time * scale;
    const words =
      x > WIDTH - 40 ? "" : `<text class="tick" x="${short(x + 3)}" y="48">${timeText(time)}</text>`;
    return `<path d="M${short(x)} 40V${TOP - 2}"/>${words}`;
  });
}

function frameOf({ label, name, depth, begin, end, piece }: Frame, scale: number): string {
  const x = begin * scale;
  // A hairline of the page between neighbours, as far as there is room; what took no time is a line.
  const width = Math.max(1, (end - begin) * scale - 1);
  const y = TOP + depth * ROW;
  const kind = piece ? piece.by : "around";
  const made = piece?.making ? Math.min(width, piece.making * scale) : 0;
  const letters = Math.floor((width - 8) / MONO);
  const words = letters >= Math.min(label.length, 4) ? label.slice(0, letters) : "";
  return [
    `<g><title>${escaped(titleOf(name, end - begin, piece))}</title>`,
    `<rect class="${kind}" x="${short(x)}" y="${y}" width="${short(width)}" height="${ROW - 1}"/>`,
    made ? `<rect class="made" x="${short(x)}" y="${y + ROW - 4}" width="${short(made)}" height="3"/>` : "",
    words ? `<text x="${short(x + 4)}" y="${y + 13}">${escaped(words)}</text>` : "",
    "</g>",
  ].join("");
}

function titleOf(name: string, milliseconds: number, piece: PieceReport | undefined): string {
  const parts = [name, timeText(milliseconds)];
  if (piece) parts.push(...wordsOf(piece), sizeText(piece.bytes));
  return parts.join(" · ");
}

function summaryOf({ pieces, pruned }: Report): string {
  const count = (by: PieceReport["by"]): number => pieces.filter((piece) => piece.by === by).length;
  const making = pieces.reduce((sum, piece) => sum + (piece.making ?? 0), 0);
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  return [
    `${count("ran")} pieces run`,
    ...(count("tail") ? [`${count("tail")} at their last positions`] : []),
    ...(count("memo") ? [`${count("memo")} remembered`] : []),
    ...(making ? [`${timeText(making)} for making sessions`] : []),
    ...(pruned ? [`${pruned} steps not needed`] : []),
    `${sizeText(bytes)} made`,
  ].join(", ");
}

/** What the colours say, of those that are there. */
function footOf(pieces: readonly PieceReport[], height: number): string[] {
  const kinds = [
    ["ran", "run", pieces.some(({ by }) => by === "ran")],
    ["tail", "run at the last positions", pieces.some(({ by }) => by === "tail")],
    ["memo", "remembered", pieces.some(({ by }) => by === "memo")],
    ["made", "making its session", pieces.some(({ making }) => making)],
  ] as const;
  const y = height - 16;
  let x = 0;
  const keys = kinds.flatMap(([kind, words, there]) => {
    if (!there) return [];
    const box = kind === "made" ? `y="${y - 3}" height="3"` : `y="${y - 9}" height="10"`;
    const key = `<rect class="${kind}" x="${x}" width="12" ${box}/><text class="word" x="${x + 18}" y="${y}">${words}</text>`;
    x += 18 + words.length * 6 + 20;
    return [key];
  });
  return [`<path d="M0 ${height - 35.5}H${WIDTH}"/>`, ...keys];
}
