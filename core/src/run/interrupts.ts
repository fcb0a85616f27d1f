/** How a kernel stops a run: two words of shared memory, which its other thread sets while native code runs. */
import { RuntimeError } from "../base/errors.ts";

const words = Symbol.for("nnsight.interrupt");
/** Is 1 from an interrupt to the next cell. */
const asked = 0;
/** How many interrupts there were: a run that goes on in a later cell sees that it was meant. */
const count = 2;

const shared = (): unknown => (globalThis as Record<symbol, unknown>)[words];

/** How many times the user has asked to stop. */
export function interruptCount(): number {
  const flags = shared();
  return flags instanceof Int32Array && flags.length > count ? Atomics.load(flags, count) : 0;
}

/**
 * What a run calls between its pieces, where nothing is lost.
 * @throws RuntimeError when the user has asked to stop since the run began
 */
export function interruptCheck(): () => void {
  const before = interruptCount();
  return () => {
    const flags = shared();
    if (!(flags instanceof Int32Array)) return;
    if (Atomics.load(flags, asked) === 1 || interruptCount() !== before)
      throw Object.assign(
        new RuntimeError("the run was interrupted before its end; nothing of it was saved."),
        // A kernel shows it as its own.
        { isInterrupt: true },
      );
  };
}
