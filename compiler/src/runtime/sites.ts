/** The user's line, told by compiled code just before it calls the library, which then need not look for it on the stack. */

interface Place {
  /** `In[3]:2:5`, `script.ts:10:3`. */
  readonly place: string;
}

const registered = Symbol.for("nnsight.site");

/** The library takes what is told here, once. */
const site = ((globalThis as { [registered]?: { at: Place | undefined } })[registered] ??= { at: undefined });

export const sites = {
  site,

  /** Tells a place once a value is there, whose making may have told others. */
  told<T>(value: T, place: Place): T {
    site.at = place;
    return value;
  },

  /** The places of one cell or file, each by its line and column. */
  places(file: string, numbers: readonly number[]): Place[] {
    const count = numbers.length / 2;
    return Array.from({ length: count }, (_, i) => ({
      place: `${file}:${numbers[2 * i]}:${numbers[2 * i + 1]}`,
    }));
  },
};

/** Tells a place that an operator was given, if it was. */
export function tell(place: Place | undefined): void {
  site.at = place;
}

export type { Place as Told };
