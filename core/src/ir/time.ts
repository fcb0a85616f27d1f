/** Module time: when, in the run of the model, an edge of a call is reached. */

/** Positions of calls in the bodies around it, outermost first; -1 stands before a call's body, Infinity after it. */
export type Time = readonly number[];

export const start: Time = [-1];

/** Negative when `a` is earlier. */
export function compareTimes(a: Time, b: Time): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? -1, b[i] ?? -1];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

export const later = (a: Time, b: Time): Time => (compareTimes(a, b) >= 0 ? a : b);
