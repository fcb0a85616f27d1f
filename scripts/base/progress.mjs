// One line per step: what is done, then how long it took, or that there was nothing to do.
import { Failure } from "./failure.mjs";

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs a step; `work` returns "up to date" (or another short remark) when it had nothing to do. */
export async function step(title, work) {
  const since = performance.now();
  process.stdout.write(`  ${title} … `);
  try {
    const remark = await work();
    console.log(remark ?? seconds(since));
  } catch (error) {
    console.log(`failed after ${seconds(since)}`);
    throw error;
  }
}

/** Prints a failure: the whole output of the command, then the plain sentences last, where they are seen. */
export function report(error) {
  if (!(error instanceof Failure)) return console.error(error);
  if (error.output) console.error(`\n${error.output.trimEnd()}`);
  console.error(`\n${error.message}`);
  if (error.advice) console.error(error.advice);
}
