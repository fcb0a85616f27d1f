/** The user's line: where in a cell or a script something was written. */

/** A place: in words where the compiler knew it, else a stack that is taken now and read only when someone asks. */
export interface Where {
  readonly stack?: string;
  /** `In[3]:2:5`, `script.ts:10:3`; of what stands in a model file, its name there. */
  readonly place?: string;
}

/** The folder of this package: what stands in it is the library, but for its tests. */
const home = new URL("../..", import.meta.url).pathname;

const registered = Symbol.for("nnsight.site");

/** What compiled code writes just before it calls the library: the place of that call. */
const site = ((globalThis as { [registered]?: { at: Where | undefined } })[registered] ??= { at: undefined });

/** The place that compiled code has told, once: what is called next may come from code that tells none. */
export function takeSite(): Where | undefined {
  const { at } = site;
  site.at = undefined;
  return at;
}

/** The line that is running now, for a note that may be read later: of a call from the user, who is near. */
export const here = (): Where => takeSite() ?? deepStack({}, 24);

/** A function that stands on the stack. */
type Frame = (...args: never[]) => unknown;

/**
 * Takes the stack of this place into `holder`, deep enough to reach the user through the library's own frames: of those
 * only what called `inner`. Each frame that is walked costs time.
 */
export function deepStack<T extends object>(holder: T, frames = 60, inner: Frame = deepStack): T & Where {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(holder, inner);
  Error.stackTraceLimit = limit;
  return holder;
}

/** The lines of a stack that are the user's: those outside this package, of Node and of installed packages. */
export function userFrames({ stack = "" }: Where): string[] {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .filter((line) => !line.includes(home) || /\.test(-d)?\.ts/.test(line))
    .filter((line) => !/node:|<anonymous>|\/node_modules\/|\(native\)/.test(line));
}

/** `In[3]:2:5`, `script.ts:10:3`, or "an unknown line". */
export function lineOf(where: Where): string {
  if (where.place) return where.place;
  const [frame] = userFrames(where);
  return frame ? placeIn(frame) : "an unknown line";
}

/** The same without the column; nothing where it is not known, as in a package that wrote the trace. */
export function knownLine(where: Where): string | undefined {
  if (!where.place && userFrames(where).length === 0) return undefined;
  return lineOf(where).replace(/:\d+$/, "");
}

/** Where a step of a module's forward was written: the user's line, one of the library's layers, or a name in a model file. */
export function forwardLineOf(where: Where): string {
  const own = new Set(userFrames(where));
  const frame = where.stack
    ?.split("\n")
    .find((line) => own.has(line) || (line.includes(home) && layers.test(line)));
  return frame ? placeIn(frame) : lineOf(where);
}

/** What holds forwards, in this package. */
const layers = /\/(nn\/(?!call|module|record|body|places)|model\/architectures\/)/;

function placeIn(frame: string): string {
  const place = /\(([^()]*)\)\s*$/.exec(frame)?.[1] ?? frame.replace(/^\s+at (async )?/, "");
  return place
    .trim()
    .replace(/^file:\/\//, "")
    .replace(/^.*\/(?=[^/]+$)/, "");
}
