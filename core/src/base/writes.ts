/** Counts what may have changed a weight: while the count stands still, none has. */

let writes = 0;

/** Says that a field of a module, or what a handle holds, has been written. */
export const noteWrite = (): void => void writes++;

/** How many writes there were. */
export const writesSoFar = (): number => writes;
