/** Functions of the host that only read what they are given: when they are called makes no difference. */
import type { Apply } from "./node.ts";

const reading = new WeakSet<Apply["run"]>();

/** Says of a function that it changes nothing and draws nothing. */
export const noteReading = (run: Apply["run"]): void => void reading.add(run);

export const isReading = (run: Apply["run"]): boolean => reading.has(run);
