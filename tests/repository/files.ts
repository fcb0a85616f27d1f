// The files of the repository, as git sees them: tracked, or new and not ignored.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

export const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file && existsSync(path.join(root, file)));

export const textOf = (file: string) => readFileSync(path.join(root, file), "utf8");

/** What a clone of the repository has, in a folder of its own; and what of the rest is named, such as what is built. */
export function copyOf(more: readonly string[] = []): string {
  const copy = mkdtempSync(path.join(tmpdir(), "nnsight-copy-"));
  for (const file of [...files, ...more])
    cpSync(path.join(root, file), path.join(copy, file), {
      recursive: true,
      preserveTimestamps: true,
      force: true,
      filter: (from) => !from.includes("node_modules"),
    });
  return copy;
}
