/** A line of progress for downloads and long conversions, written where console output goes. */
import type { Progress } from "../load/index.ts";

/** Says at every tenth, and at each new file, how far it is. */
export function showProgress(what: string): Progress {
  let last = "";
  return ({ done, total, file, step }) => {
    const tenth = total > 0 ? Math.floor((10 * done) / total) : 10;
    const now = `${tenth} ${file}`;
    if (now === last) return;
    last = now;
    const far = `${tenth * 10} % of ${(total / 1e6).toFixed(0)} MB`;
    console.error(
      step === "download"
        ? `Fetching ${what}: ${far} (${file})`
        : `Preparing ${what} for the first time: ${far}`,
    );
  };
}
