/** What a run did: piece by piece, whether it was run or remembered, its time and its bytes. */

export interface PieceReport {
  /** The module, or the ops, that the piece is. */
  readonly piece: string;
  /** Whether it `ran` on ONNX Runtime, was taken from the `memo`, or ran only at its last positions, as the others are remembered. */
  readonly by: "ran" | "memo" | "tail";
  /** Of a tail: the position at which it began. */
  readonly from?: number;
  /** Of a block that ran in one call with its neighbours: how many they were. The time of the call is divided evenly. */
  readonly stretch?: number;
  /** In how many runs, this one included, the rows were that shared the call. */
  readonly shared?: number;
  /** Whether an edit changed no bit, so that what follows is as it was without it. */
  readonly same?: boolean;
  /** Whether a session was made for it. */
  readonly compiled: boolean;
  /** Of the time: what making the session took. */
  readonly making?: number;
  readonly milliseconds: number;
  /** Of what it made. */
  readonly bytes: number;
}

/** `tracer.report()`, after the run. Prints as a table. */
export class Report {
  constructor(
    readonly pieces: readonly PieceReport[],
    /** Steps of the model and of the trace that nothing asked for, so that they were not run. */
    readonly pruned: number,
  ) {}

  get milliseconds(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.milliseconds, 0);
  }

  toString(): string {
    const rows = this.pieces.map((piece) => [
      piece.piece.length > 48 ? `${piece.piece.slice(0, 47)}…` : piece.piece,
      wordsOf(piece).join(", "),
      `${piece.milliseconds.toFixed(2)} ms`,
      sizeText(piece.bytes),
    ]);
    const count = (by: PieceReport["by"]) => this.pieces.filter((piece) => piece.by === by).length;
    const tails = count("tail") ? `${count("tail")} at the last positions only, ` : "";
    const total = `${count("ran")} run, ${tails}${count("memo")} remembered, ${this.pruned} steps not needed; ${this.milliseconds.toFixed(2)} ms`;
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length), 0));
    const line = (row: readonly string[]): string =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
    return [...rows.map(line), total].join("\n");
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** How a piece was made, in words. */
export const wordsOf = ({
  by,
  from,
  stretch,
  shared,
  same,
  compiled,
  making,
}: PieceReport): readonly string[] => [
  by === "tail" ? `from position ${from}` : by,
  ...(stretch ? [`one call with ${stretch - 1} neighbours`] : []),
  ...(shared ? [`with ${shared - 1} other runs`] : []),
  ...(same ? ["changed no bit"] : []),
  ...(compiled ? [making ? `compiled in ${timeText(making)}` : "compiled"] : []),
];

export const timeText = (milliseconds: number): string =>
  milliseconds < 1000
    ? `${Number(milliseconds.toPrecision(3))} ms`
    : `${Number((milliseconds / 1000).toPrecision(3))} s`;

export const sizeText = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
