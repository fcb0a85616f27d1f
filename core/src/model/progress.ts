/** A line of progress for long conversions, written where console output goes. */
import type { Progress } from "../load/index.ts";

/** Says at every tenth how far it is. */
export function showProgress(what: string): Progress {
  let last = -1;
  return ({ done, total }) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth === last) return;
    last = tenth;
    console.error(`Preparing ${what} for the first time: ${tenth * 10} % of ${(total / 1e6).toFixed(0)} MB`);
  };
}
