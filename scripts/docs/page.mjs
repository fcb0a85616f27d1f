// A page that is made: written, or with `--check` compared with what lies there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../base/paths.mjs";

const isCheck = process.argv.includes("--check");

/** Writes a page of the repository; with `--check` says that it is stale, and the script exits with 1. */
export function page(file, text) {
  const whole = inRoot(file);
  if (existsSync(whole) && readFileSync(whole, "utf8") === text) return;
  if (isCheck) {
    const script = path.relative(inRoot(), process.argv[1]);
    console.error(`${file} is stale: run \`npx tsc -b && node ${script}\`.`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, text);
}
