/** Files for tests: the goldens beside this file, and folders to write in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The path of a golden. */
export const golden = (name: string): string => join(import.meta.dirname, name);

/** An empty folder that is removed after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nnsight-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
