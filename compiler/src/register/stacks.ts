/** Stacks of compiled files in the lines that the user wrote. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { excerpt } from "../excerpt.ts";

interface Place {
  readonly line: number;
  readonly column: number;
}

const maps = new Map<string, TraceMap>();
const compilerFolder = new URL("..", import.meta.url).href;

export const rememberMap = (url: string, map: string): void => void maps.set(url, new TraceMap(map));

/** From now on `stack` names the user's lines, and leaves out the functions that compiled code calls. */
export function installStacks(): void {
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.filter((site) => !site.getFileName()?.startsWith(compilerFolder));
    return `${headerOf(error)}${frames.map((site) => `\n    at ${frameOf(site)}`).join("")}`;
  };
  // Node itself would show the line of the compiled text.
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return;
    console.error(described(error));
    process.exit(1);
  });
}

function headerOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function placeOf(url: string, line: number, column: number): Place | undefined {
  const map = maps.get(url);
  const found = map && originalPositionFor(map, { line, column: column - 1 });
  return found?.line ? { line: found.line, column: found.column + 1 } : undefined;
}

function frameOf(site: NodeJS.CallSite): string {
  const [url, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  const place = url && line && column ? placeOf(url, line, column) : undefined;
  return place
    ? site.toString().replace(`${url}:${line}:${column}`, `${url}:${place.line}:${place.column}`)
    : site.toString();
}

/** The error as Node prints it, below the line that it comes from. */
function described(error: unknown): unknown {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, url, line, column] = /(file:[^\s()]+):(\d+):(\d+)/.exec(stack) ?? [];
  if (!url || !maps.has(url)) return error;
  const file = fileURLToPath(url);
  const shown = excerpt(readFileSync(file, "utf8"), Number(line), Number(column));
  console.error([`${file}:${line}`, ...shown, ""].join("\n"));
  return error;
}
