/** How much memory there is for this process. */
import { totalmem } from "node:os";

/** Bytes: of the machine, or of the container that it runs in. */
export const memorySize = (): number =>
  Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
