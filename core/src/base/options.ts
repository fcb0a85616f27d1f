/** Options that users give, which are refused when they are not known: nothing that was written is dropped. */
import { TypeError } from "./errors.ts";
import { isPlainObject } from "./tree.ts";

/** @throws TypeError for what is no object of options, or for a name that is not known */
export function requireOptions(of: string, given: unknown, known: readonly string[]): void {
  if (given === undefined) return;
  if (!isPlainObject(given))
    throw new TypeError(
      `the options of ${of} are an object with ${known.join(", ")}; it was given ${typeof given}.`,
    );
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new TypeError(`${of} knows no option '${name}'. It has ${known.join(", ")}.`);
}
