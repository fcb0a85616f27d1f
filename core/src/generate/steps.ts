/** Which steps a user names: numbers, a slice, or all; one after the other, each open while it is written. */
import { IndexError, TypeError } from "../base/errors.ts";
import { refuseAsync } from "../trace/callback.ts";
import { popContext, pushContext } from "../trace/contexts.ts";
import type { Recording } from "../trace/recording.ts";

/** A step, several, or a slice such as `"1:"`; counted from 0, which is the forward on the whole prompt. */
export type Steps = number | readonly number[] | string;

/** Goes through steps of a generation. */
export interface StepIteration {
  /** Writes `body` for each of the steps, in their order; gives the list of what it gave, as far as the steps come. */
  <T>(steps: Steps, body: (step: number) => T): T[];
  /** As a loop: `for (const step of tracer.iter([0, 2])) …`. */
  (steps: Steps): Iterable<number>;
  /** The same for every step. */
  all<T>(body: (step: number) => T): T[];
  all(): Iterable<number>;
}

/** Where steps are opened. */
interface Home {
  readonly most: number;
  open(step: number): Recording;
  /** Whether it was stopped in the last step that was written. */
  ended(): boolean;
  /** Told of a list that holds one thing for each of the steps, and whether the steps were named. */
  listed(list: unknown[], steps: readonly number[], named: boolean): void;
}

export function stepIteration(home: Home): StepIteration {
  function go(named: boolean, steps: Steps, body?: (step: number) => unknown): unknown {
    const numbers = numbersOf(steps, home.most);
    const list: unknown[] = [];
    home.listed(list, numbers, named);
    if (!body) return walk(home, numbers, named);
    for (const step of walk(home, numbers, named)) list.push(refuseAsync(body(step), "iter"));
    return list;
  }
  return Object.assign((steps: Steps, body?: (step: number) => unknown) => go(true, steps, body), {
    all: (body?: (step: number) => unknown) => go(false, ":", body),
  }) as StepIteration;
}

/** Steps that are not named are those that come. */
function* walk(home: Home, steps: readonly number[], named: boolean): Generator<number> {
  for (const step of steps) {
    if (!named && step > 0 && home.ended()) return;
    const recording = home.open(step);
    pushContext(recording);
    try {
      yield step;
    } finally {
      popContext(recording);
    }
  }
}

/** @throws IndexError for a step that cannot come, TypeError for what names none */
function numbersOf(steps: Steps, most: number): number[] {
  if (typeof steps === "string") {
    const parts = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(steps);
    if (!parts || parts[3] === "0")
      throw new TypeError(`'${steps}' names no steps: write a slice such as "1:" or ":3".`);
    const place = (text: string | undefined, fallback: number): number => {
      const at = text === undefined ? fallback : Number(text);
      return Math.min(Math.max(at < 0 ? at + most : at, 0), most);
    };
    const [from, to, by] = [place(parts[1], 0), place(parts[2], most), Number(parts[3] ?? 1)];
    return Array.from({ length: Math.max(Math.ceil((to - from) / by), 0) }, (_, i) => from + i * by);
  }
  const numbers = typeof steps === "number" ? [steps] : [...steps];
  for (const step of numbers)
    if (!Number.isInteger(step) || step < 0 || step >= most)
      throw new IndexError(
        `step ${step} never comes: maxNewTokens is ${most}, so the steps go from 0 to ${most - 1}.`,
      );
  return numbers;
}
