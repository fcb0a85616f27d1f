/** Cuts a straight program into pieces: each untouched call its own, what lies between them another, host steps by themselves. */
import { opNamed } from "../ops/named.ts";
import type { BackwardStep, Branch, CallStep, OpStep, Step, Unit, Var, Wanted } from "./step.ts";

/** Steps that are compiled and run as one; what they take from before and what is used after them. */
export interface Graphlet {
  readonly kind: "graph";
  readonly steps: readonly Step[];
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
  /** The units that are opened in it. */
  readonly units: readonly Unit[];
}

/** An untouched part of the model, which comes back the same in every trace. */
export interface CallPiece {
  readonly kind: "call";
  readonly step: CallStep;
}

/** A step that the host does itself. */
export interface HostPiece {
  readonly kind: "host";
  readonly step: OpStep | Exclude<Step, OpStep | CallStep | BackwardStep>;
}

/** Pieces run when all their branches are taken. */
export type Piece = (CallPiece | Graphlet | HostPiece) & {
  readonly branches: readonly Branch[];
  /** Values that nothing reads after this piece. */
  readonly done: readonly Var[];
};

export function cut(steps: readonly Step[], wanted: readonly Wanted[]): Piece[] {
  const groups: Step[][] = [];
  let stretch: Step[] | undefined;
  for (const step of steps) {
    if (isHost(step) || isAlone(step) || step.kind === "backward") {
      groups.push([step]);
      stretch = undefined;
    } else if (stretch && sameBranches(stretch[0]!, step)) stretch.push(step);
    else groups.push((stretch = [step]));
  }
  const last = lastUses(groups, wanted);
  const done = groups.map((): Var[] => []);
  for (const [value, at] of last) done[at]?.push(value);
  return groups.map((group, at) => ({
    ...pieceOf(group, (value) => (last.get(value) ?? -1) > at),
    branches: group[0]!.branches,
    done: done[at]!,
  }));
}

/** Whether two steps run in the same branches. */
export const sameBranches = (a: Pick<Step, "branches">, b: Pick<Step, "branches">): boolean =>
  a.branches.length === b.branches.length &&
  a.branches.every(({ decision, want }) =>
    b.branches.some((other) => other.decision === decision && other.want === want),
  );

const isHost = (step: Step): step is HostPiece["step"] =>
  step.kind === "op" ? opNamed(step.node.op).host === true : step.kind !== "call" && step.kind !== "backward";

const isAlone = (step: Step): step is CallStep => step.kind === "call" && step.alone;

/** For each value the last group that reads it, or decides by it; infinity for the wanted. */
function lastUses(groups: readonly (readonly Step[])[], wanted: readonly Wanted[]): Map<Var, number> {
  const last = new Map<Var, number>();
  for (const [at, group] of groups.entries())
    for (const step of group) {
      for (const input of step.inputs) if (input) last.set(input, at);
      if (step.kind === "backward") for (const value of step.kept ?? []) last.set(value, at);
      for (const { decision } of step.branches) last.set(decision, at);
    }
  for (const { value, branches } of wanted)
    for (const one of [value, ...branches.map(({ decision }) => decision)])
      last.set(one, Number.POSITIVE_INFINITY);
  return last;
}

function pieceOf(
  group: readonly Step[],
  usedAfter: (value: Var) => boolean,
): CallPiece | Graphlet | HostPiece {
  const first = group[0]!;
  if (isHost(first)) return { kind: "host", step: first };
  if (isAlone(first)) return { kind: "call", step: first };
  const made = new Set(group.flatMap((step) => step.outputs));
  const inputs = new Set<Var>();
  for (const step of group)
    for (const input of step.inputs) if (input && !made.has(input) && fed(input)) inputs.add(input);
  const units = new Set(group.flatMap(({ unit }) => unit ?? []));
  return {
    kind: "graph",
    steps: group,
    inputs: [...inputs],
    outputs: [...made].filter(usedAfter),
    units: [...units],
  };
}

/** Weights and constants of bodies are part of a piece; all else is fed to it. */
const fed = ({ source }: Var): boolean =>
  source === undefined || (source.kind !== "weight" && source.kind !== "constant");
