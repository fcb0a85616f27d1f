/** What TypeScript says of a type that nobody wrote and that it takes to be `any`. */

/** TypeScript's codes for it, from the first to the last of each run. */
const runs = [
  [7005, 7026],
  [7031, 7034],
  [7039, 7039],
  [7051, 7053],
  [7055, 7055],
  [7057, 7057],
] as const;

export const isImplicitAny = ({ code }: { readonly code: number }): boolean =>
  runs.some(([first, last]) => code >= first && code <= last);
