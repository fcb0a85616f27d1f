/** Stacks in the user's terms: frames of a cell read `In[3]:2:5`. */
import { importFile } from "./localFiles.ts";
import type { Sources } from "./sources.ts";

/** Deep enough for a cell's frame to be seen below a library's. */
const frameLimit = 60;

const kernelFolder = new URL("..", import.meta.url).href;
/** Compiled cells call functions of the compiler's. */
const compilerFolder = new URL(".", import.meta.resolve("nnsight-ts-compiler")).href;

/** From now on every `stack` in this process names cells as the user knows them. */
export function installStacks(sources: Sources): void {
  Error.stackTraceLimit = frameLimit;
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.filter(isUsers).map((site) => `\n    at ${frameOf(site, sources)}`);
    return headerOf(error) + frames.join("");
  };
}

/** Frames of the kernel and of Node say nothing to the user, not even when an error is printed. */
function isUsers(site: NodeJS.CallSite): boolean {
  const file = site.getFileName();
  const internal = [kernelFolder, compilerFolder, "nnsight-kernel:", "node:"];
  return !internal.some((start) => file?.startsWith(start)) && !file?.endsWith(`/${importFile}`);
}

function headerOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function frameOf(site: NodeJS.CallSite, sources: Sources): string {
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const text = site.toString();
  const place = file && line && column ? sources.place(file, line, column) : undefined;
  if (!place) {
    const written = file && line && column ? sources.placeInFile(file, line, column) : undefined;
    return written ? text.replace(`${file}:${line}:${column}`, written) : text;
  }
  const shown = `In[${place.count}]:${place.line}:${place.column}`;
  return text.replace(`${file}:${line}:${column}`, shown).replace(/__scope\.|__runtime\./g, "");
}

export const cellFrame = /In\[(\d+)\]:(\d+):(\d+)/;

/** The frames that tell the user something: none of Node's own, none below the last cell. */
export function shownFrames(stack: string): string[] {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const last = frames.findLastIndex((line) => cellFrame.test(line));
  const above = last < 0 ? frames : frames.slice(0, last + 1);
  return above.filter((line) => !isInternal(line));
}

function isInternal(line: string): boolean {
  return /\(?node:/.test(line) || /^\s+at (async )?Promise\.\w+ \(index \d+\)$/.test(line);
}
