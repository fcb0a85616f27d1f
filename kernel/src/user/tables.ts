/** Values that are tables: arrays of records, and tables of Arrow and arquero by the methods they have. */
import { inspect, types } from "node:util";

export interface Table {
  readonly columns: readonly string[];
  /** How many rows there are, of which `rows` are the first. */
  readonly count: number;
  readonly rows: readonly Row[];
}

type Row = Readonly<Record<string, unknown>>;

const mostRows = 50;
const mostColumns = 30;

export function tableOf(value: unknown): Table | undefined {
  if (Array.isArray(value)) return ofRecords(value);
  // A module of a model refuses names that it does not know.
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  return ofArrow(value) ?? ofArquero(value);
}

function ofRecords(records: readonly unknown[]): Table | undefined {
  const rows = records.slice(0, mostRows);
  if (rows.length === 0 || !rows.every(isRecord)) return undefined;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return columns.length > 0 ? { columns, count: records.length, rows } : undefined;
}

function isRecord(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A table of apache-arrow or flechette: `schema.fields`, `numRows`, and `get` or `at` for one row. */
interface ArrowTable {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  readonly numRows: number;
  get?(index: number): unknown;
  at?(index: number): unknown;
}

function ofArrow(value: object): Table | undefined {
  const { schema, numRows, get, at } = value as Partial<ArrowTable>;
  const row = get ?? at;
  if (!Array.isArray(schema?.fields) || typeof numRows !== "number" || typeof row !== "function")
    return undefined;
  const rows = firstRows(numRows).map((index) => row.call(value, index) as Row);
  return { columns: schema.fields.map(({ name }) => name), count: numRows, rows };
}

/** A table of arquero: methods that answer what Arrow has as properties. */
interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  object(row: number): Row;
}

function ofArquero(value: object): Table | undefined {
  const { numRows, columnNames, object } = value as Partial<ArqueroTable>;
  if (typeof numRows !== "function" || typeof columnNames !== "function" || typeof object !== "function")
    return undefined;
  const count = numRows.call(value);
  const rows = firstRows(count).map((index) => object.call(value, index));
  return { columns: columnNames.call(value), count, rows };
}

const firstRows = (count: number): number[] => Array.from({ length: Math.min(count, mostRows) }, (_, i) => i);

export function htmlOf(table: Table): string {
  const columns = table.columns.slice(0, mostColumns);
  const row = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  const body = table.rows.map((record) =>
    row(
      "td",
      columns.map((name) => cellText(record[name])),
    ),
  );
  const note = noteOf(table);
  return (
    `<table class="dataframe"><thead>${row("th", columns)}</thead><tbody>${body.join("")}</tbody></table>` +
    (note ? `<p>${escaped(note)}</p>` : "")
  );
}

/** Columns of equal width. */
export function textOf(table: Table): string {
  const columns = table.columns.slice(0, mostColumns);
  const lines = [columns, ...table.rows.map((record) => columns.map((name) => cellText(record[name])))];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  const text = lines.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
  return [...text, noteOf(table)].filter((line) => line !== "").join("\n");
}

function noteOf({ columns, count, rows }: Table): string {
  const parts = [
    ...(count > rows.length ? [`${count} rows, of which the first ${rows.length} are shown`] : []),
    ...(columns.length > mostColumns
      ? [`${columns.length} columns, of which the first ${mostColumns} are shown`]
      : []),
  ];
  return parts.join("; ");
}

function cellText(value: unknown): string {
  if (typeof value === "string") return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  if (value === undefined) return "";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  return inspect(value, {
    depth: 1,
    maxArrayLength: 6,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
  });
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character]!);
}
