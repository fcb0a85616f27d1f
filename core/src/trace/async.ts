/** Refuses callbacks that go on after they have returned: what they would record later would be lost. */
import { TypeError } from "../base/errors.ts";

/** The result of a callback. @throws TypeError when it is a promise */
export function refuseAsync<T>(result: T, what: string): T {
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
