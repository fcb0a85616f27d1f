/** Sorts what a user calls `trace`, `generate`, `session` and `edit` with: values, options, and a callback at the end. */
import { TypeError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { isCallback } from "../trace/callback.ts";

/** The callback, where the last argument is one, and what stands before it. */
export function sorted<Body>(
  of: string,
  args: readonly unknown[],
  most: number,
): { readonly body: Body | undefined; readonly rest: unknown[] } {
  const body = isCallback(args.at(-1)) ? (args.at(-1) as Body) : undefined;
  const rest = body ? args.slice(0, -1) : [...args];
  if (rest.length <= most) return { body, rest };
  const takes = most > 1 ? "an input, options" : "options";
  throw new TypeError(
    `${of} takes ${takes} and, as its last argument, a function; it was given ${args.length} arguments. ` +
      "Several arguments of a forward are one input: `model.trace({ args: [a, b], kwargs: { c } }, …)`.",
  );
}

/** The same for `(options?, callback?)`. @throws TypeError for an option that is not known */
export function optionsOf<Options, Body>(of: string, args: readonly unknown[], known: readonly string[]) {
  const { body, rest } = sorted<Body>(of, args, 1);
  requireOptions(of, rest[0], known);
  return { body, options: (rest[0] ?? {}) as Options };
}

/** @throws TypeError for a callback beside `{ trace: false }` */
export function refuseBody(kind: string, body: unknown): void {
  if (body)
    throw new TypeError(
      `${kind} with \`{ trace: false }\` runs plainly and calls no callback: leave out one of them.`,
    );
}
