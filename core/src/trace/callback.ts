/** Callbacks that write a program down: all at once, as what they would record later would be lost. */
import { TypeError } from "../base/errors.ts";
import { isLater } from "./later.ts";

/** A function of the user's; an envoy can be called, too, and is none. */
export const isCallback = (x: unknown): boolean =>
  typeof x === "function" && Object.getPrototypeOf(x) !== null;

/** The result of a callback; of a session's trace its values, to go on with. @throws TypeError when it is another promise */
export function refuseAsync<T>(result: T, what: string): T {
  if (isLater(result)) return result.lazy as T;
  if (
    typeof result !== "object" ||
    result === null ||
    !("then" in result) ||
    typeof result.then !== "function"
  )
    return result;
  (result as unknown as Promise<unknown>).then(undefined, () => undefined);
  throw new TypeError(
    `the callback of ${what} is async. It only writes the program down, all at once, before anything runs: ` +
      "remove `async` and `await` from it, and await the call itself (`await model.trace(input, () => …)`).",
  );
}
