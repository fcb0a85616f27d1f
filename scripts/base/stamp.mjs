// A stamp says from which inputs something was made, so that set-up can skip what is up to date.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";

const skipped = new Set(["node_modules", "dist", "lib", "__pycache__", "labextension"]);

function* filesUnder(file) {
  if (!existsSync(file)) return;
  if (!statSync(file).isDirectory()) yield file;
  else
    for (const name of readdirSync(file).sort())
      if (!skipped.has(name)) yield* filesUnder(path.join(file, name));
}

/** A hash of the files and folders named (relative to the checkout) and of further words. */
export function hashOf(inputs, ...words) {
  const hash = createHash("sha256");
  for (const input of inputs)
    for (const file of filesUnder(path.join(root, input)))
      hash
        .update(`${path.relative(root, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
  return hash.update(words.join("\0")).digest("hex");
}

/** A stamp in a file beside what was made, so that deleting the one deletes the other. */
export class Stamp {
  constructor(file, hash) {
    this.file = file;
    this.hash = hash;
  }

  get fresh() {
    return existsSync(this.file) && readFileSync(this.file, "utf8") === this.hash;
  }

  clear() {
    rmSync(this.file, { force: true });
  }

  write() {
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(this.file, this.hash);
  }
}
