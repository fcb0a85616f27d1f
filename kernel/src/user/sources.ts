/** The cells that have run, and the files they import: from a place in compiled code back to what the user wrote. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { plainUrl } from "./localFiles.ts";
import type { RunnableCell } from "./protocol.ts";

export interface CellPlace {
  readonly count: number;
  readonly line: number;
  readonly column: number;
}

interface CellSource extends RunnableCell {
  readonly count: number;
  trace?: TraceMap;
}

export class Sources {
  readonly #cells = new Map<string, CellSource>();
  readonly #files = new Map<string, TraceMap>();
  readonly #codes = new Map<number, string>();

  constructor(private readonly folder: string) {}

  /** Keeps a cell and gives the file name that its script runs under. */
  add(cell: RunnableCell, count: number): string {
    const file = join(this.folder, `__cell_${cell.id}.js`);
    this.#cells.set(file, { ...cell, count });
    this.#codes.set(count, cell.code);
    return file;
  }

  place(file: string, line: number, column: number): CellPlace | undefined {
    const cell = this.#cells.get(file);
    if (!cell) return undefined;
    return { count: cell.count, ...written(cell, line, column) };
  }

  /** The text of a function, in TypeScript, whose compiled text is given. */
  functionText(compiled: string): string | undefined {
    for (const cell of [...this.#cells.values()].reverse()) {
      const at = cell.js.indexOf(compiled);
      if (at < 0) continue;
      const before = cell.js.slice(0, at).split("\n");
      const { line, column } = written(cell, before.length, before.at(-1)!.length + 1);
      const start = cell.code.split("\n", line - 1).join("\n").length + (line > 1 ? 1 : 0) + column - 1;
      const range = cell.functions.find(([from]) => from === start);
      return range && cell.code.slice(...range);
    }
    return undefined;
  }

  /** Keeps the map of a file beside the notebook. */
  addFile(url: string, map: string): void {
    this.#files.set(url, new TraceMap(map));
  }

  /** `./lib.ts:5:9`, as the file was written; seen from the notebook's folder. */
  placeInFile(url: string, line: number, column: number): string | undefined {
    const trace = this.#files.get(url);
    const found = trace && originalPositionFor(trace, { line, column: column - 1 });
    if (!found?.line) return undefined;
    const file = relative(this.folder, fileURLToPath(plainUrl(url)));
    return `${file.startsWith("..") ? file : `./${file}`}:${found.line}:${found.column + 1}`;
  }

  code(count: number): string | undefined {
    return this.#codes.get(count);
  }
}

/** The place in the cell's own text. */
function written(cell: CellSource, line: number, column: number): Pick<CellPlace, "line" | "column"> {
  cell.trace ??= new TraceMap(cell.map);
  const found = originalPositionFor(cell.trace, { line, column: column - 1 });
  return { line: found.line ?? 1, column: (found.column ?? 0) + 1 };
}
