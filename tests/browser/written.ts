// Notebooks that a test writes itself.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A notebook of some cells in a folder of its own. */
export function writeNotebook(cells: readonly string[]): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "nnsight-notebook-")), "test.ipynb");
  const metadata = {
    kernelspec: { name: "nnsight-ts", display_name: "TypeScript (nnsight)", language: "typescript" },
    language_info: { name: "typescript" },
  };
  const written = cells.map((source, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    source,
    metadata: {},
    outputs: [],
    execution_count: null,
  }));
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: written }));
  return file;
}
