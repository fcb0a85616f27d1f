/** Turns of a loop that need nothing of each other run side by side, so that they share calls; what they change comes in their order. */
import type { Step } from "../compile/step.ts";
import type { Made, Node, Result } from "../ir/node.ts";
import { isReading } from "../ir/reading.ts";
import type { LoopBody } from "../ir/region.ts";
import type { Values } from "./memory.ts";

/** A turn beside others. */
export interface Turn {
  /** Values from around the loop that turns may change. */
  readonly shared: ReadonlySet<unknown>;
  /** Waits until all earlier turns have ended. @throws the error of an earlier one */
  first(): Promise<void>;
  /** Does something when this turn has ended, and all earlier ones. */
  atEnd(work: () => void): void;
}

/** Members that none of the turns adds to, so that they can be read ahead: of a list or a tensor, not of a generator. */
const isList = (made: Made | undefined): boolean =>
  made !== undefined && (!("plain" in made) || Array.isArray(made.plain));

/** What turns have in common when they may run side by side: none needs what an earlier one has made, or ends the loop. */
export function sharedBy(body: LoopBody, given: ReadonlyMap<Result, Made>): ReadonlySet<unknown> | undefined {
  const { nodes } = body.program();
  const traces = nodes.filter(({ kind }) => kind === "region");
  if (body.variables.length || !traces.length || nodes.some(ends) || !traces.every(isTrace)) return undefined;
  const [through, ...around] = body.given.map((one) => given.get(one));
  const shared = new Set(around.flatMap((one) => (one && isObject(one) ? [one.plain] : [])));
  return isList(through) && !(isObject(through!) && shared.has(through.plain)) ? shared : undefined;
}

const ends = ({ kind }: Node): boolean => kind === "exit";

const isTrace = (node: Node): boolean =>
  node.kind === "region" &&
  node.body.kind === "trace" &&
  node.body.program().nodes.every(({ kind }) => kind !== "region" && kind !== "exit");

const isObject = (made: Made): made is { plain: object } =>
  "plain" in made && typeof made.plain === "object" && made.plain !== null;

/** Whether what a step does is seen by other turns, or depends on what they do. */
export function minds({ shared }: Turn, step: Step, values: Values): boolean {
  if (step.kind === "effect" || step.kind === "op") return true;
  return (
    step.kind === "apply" &&
    (!isReading(step.node.run) ||
      reads(
        shared,
        step.inputs.map((one) => one && values.get(one)),
      ))
  );
}

/** Whether some values are, or hold, those that turns may change. */
export const reads = (shared: ReadonlySet<unknown>, values: readonly (Made | undefined)[]): boolean =>
  values.some((made) => made && isObject(made) && shared.has(made.plain));
