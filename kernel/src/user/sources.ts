/** The cells that have run, and the files they import: from a place in compiled code back to what the user wrote. */
import { join } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { RunnableCell } from "./protocol.ts";

export interface CellPlace {
  readonly count: number;
  readonly line: number;
  readonly column: number;
}

interface CellSource {
  readonly count: number;
  readonly code: string;
  readonly map: string;
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
    this.#cells.set(file, { count, code: cell.code, map: cell.map });
    this.#codes.set(count, cell.code);
    return file;
  }

  place(file: string, line: number, column: number): CellPlace | undefined {
    const cell = this.#cells.get(file);
    if (!cell) return undefined;
    cell.trace ??= new TraceMap(cell.map);
    const found = originalPositionFor(cell.trace, { line, column: column - 1 });
    return { count: cell.count, line: found.line ?? 1, column: (found.column ?? 0) + 1 };
  }

  /** Keeps the map of a file beside the notebook. */
  addFile(url: string, map: string): void {
    this.#files.set(url, new TraceMap(map));
  }

  /** `5:9` of a file beside the notebook, as it was written. */
  placeInFile(url: string, line: number, column: number): string | undefined {
    const trace = this.#files.get(url);
    const found = trace && originalPositionFor(trace, { line, column: column - 1 });
    return found?.line ? `${found.line}:${found.column + 1}` : undefined;
  }

  code(count: number): string | undefined {
    return this.#codes.get(count);
  }
}
