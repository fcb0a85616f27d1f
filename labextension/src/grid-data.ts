/** What a table shows, and how large its cells are. */
export interface GridData {
  readonly rows: number;
  readonly cols: number;
  /** What stands in the corner, over the rows and left of the columns. */
  readonly corner: string;
  readonly label: string;
  rowHead(row: number): readonly (Node | string)[];
  colHead(col: number): readonly (Node | string)[];
  /** Empty as long as the value has not come. */
  text(row: number, col: number): string;
  colour?(row: number, col: number): { readonly background: string; readonly color: string } | undefined;
  /** Called with what is on screen before it is drawn. */
  look?(rows: Span, cols: Span): void;
  /** The cell that is marked. */
  readonly marked: { readonly row: number; readonly col: number } | undefined;
  mark(row: number, col: number): void;
}

export interface Span {
  readonly first: number;
  readonly count: number;
}

export const ROW = 20;
export const COL = 68;
export const HEAD = 92;

/** The text of a head. */
export const words = (parts: readonly (Node | string)[]): string =>
  parts.map((part) => (typeof part === "string" ? part : (part.textContent ?? ""))).join("");
