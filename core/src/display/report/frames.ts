/** What a run took, as frames: a row for each depth of the modules' names, widths by time, in the order of the run. */
import type { PieceReport } from "../../run/report.ts";

export interface Frame {
  /** The last part of a module's name, or the ops. */
  readonly label: string;
  /** What it is in full. */
  readonly name: string;
  readonly depth: number;
  /** In ms from the begin of the run. */
  readonly begin: number;
  readonly end: number;
  /** Of a frame that is one piece. */
  readonly piece?: PieceReport;
}

export function framesOf(pieces: readonly PieceReport[]): Frame[] {
  const closed: Frame[] = [];
  let open: Frame[] = [];
  let now = 0;
  for (const piece of pieces) {
    const parts = partsOf(piece.piece);
    const kept = open.findIndex(({ label }, i) => label !== parts[i] || i === parts.length - 1);
    const around = kept < 0 ? open.length : kept;
    closed.push(...open.slice(around).map((frame) => ({ ...frame, end: now })));
    open = [
      ...open.slice(0, around),
      ...parts.slice(around).map((label, i): Frame => {
        const depth = around + i;
        const name = parts.slice(0, depth + 1).join(".");
        return { label, name, depth, begin: now, end: now };
      }),
    ];
    now += piece.milliseconds;
    const leaf = open.pop()!;
    closed.push({ ...leaf, name: piece.piece, end: now, piece });
  }
  return [...closed, ...open.map((frame) => ({ ...frame, end: now }))].sort(
    (a, b) => a.depth - b.depth || a.begin - b.begin,
  );
}

/** `model.layers.3` as `model` and `layers.3`; ops stay as they are. */
function partsOf(name: string): string[] {
  const [path = ""] = name.split(", ");
  const label = path === name ? "" : name.slice(path.length);
  if (!/^[\w.]+$/.test(path)) return [name];
  const parts = path.match(/[^.]+(\.\d+)*/g) ?? [name];
  return [...parts.slice(0, -1), `${parts.at(-1)}${label}`];
}
