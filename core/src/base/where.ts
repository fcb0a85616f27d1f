/** The user's line: where in a cell or a script something was written. */

/** A stack taken now and read only when someone asks, as reading costs more than taking. */
export interface Where {
  readonly stack?: string;
}

const home = new URL("..", import.meta.url).pathname;

export const here = (): Where => new Error();

/** `In[3]:2:5`, `script.ts:10:3`: the first frame outside this package, or "an unknown line". */
export function lineOf(where: Where): string {
  const frames = (where.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const frame = frames.find(
    (line) =>
      (!line.includes(home) || /\.test(-d)?\.ts/.test(line)) &&
      !/node:|<anonymous>|node_modules|\(native\)/.test(line),
  );
  if (!frame) return "an unknown line";
  const place = /\(([^()]*)\)\s*$/.exec(frame)?.[1] ?? frame.replace(/^\s+at (async )?/, "");
  return place.trim().replace(/^file:\/\//, "").replace(/^.*\/(?=[^/]+$)/, "");
}
