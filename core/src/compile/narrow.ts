/** What is asked for of a model's large last steps, and no more: positions first, then the numbers at them. */
import { narrowColumns } from "./columns.ts";
import { narrowPositions } from "./positions.ts";
import type { Asked, Step } from "./step.ts";

export const narrow = (steps: readonly Step[], wanted: readonly Asked[]): Step[] =>
  narrowColumns(narrowPositions(steps, wanted), wanted);
