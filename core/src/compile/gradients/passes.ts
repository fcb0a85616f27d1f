/** Adds the backward passes to a straight program: piece by piece back from a value, through what leads to it. */
import { RuntimeError } from "../../base/errors.ts";
import { lineOf } from "../../base/where.ts";
import { Builder } from "../../ir/builder.ts";
import type { Gradient, OpNode } from "../../ir/node.ts";
import { opNamed } from "../../ops/named.ts";
import type { OpName } from "../../ops/table.ts";
import type { Host } from "../../tensor/host.ts";
import { sameBranches } from "../cut.ts";
import { narrow } from "../narrow.ts";
import { prune } from "../prune.ts";
import type { Asked, BackwardStep, Branch, CallStep, MergeStep, OpStep, Step, Var } from "../step.ts";
import type { PassVars } from "../user-nodes.ts";
import { keptIn } from "./calls.ts";
import { hostsOf } from "./parameters.ts";

type Forward = OpStep | CallStep;
/** Steps that are gone back through at once: a piece, or what chooses between two branches. */
type Group = readonly Forward[] | readonly [MergeStep];

/**
 * The steps with what computes the gradients, in an order in which each has what it needs. A head of which only the last
 * position leads to the loss goes back there only, too.
 */
export function withGradients(
  all: readonly Step[],
  passes: readonly PassVars[],
  wanted: readonly Asked[],
): readonly Step[] {
  if (passes.length === 0) return all;
  const asked = [...wanted, ...passes.flatMap(valuesOf)];
  const steps = narrow(prune({ steps: all, wanted: asked }), asked);
  const made = passes.flatMap((pass) => backwards(steps, pass));
  return ordered(...keeping(steps, made));
}

/** Calls with what going back through them takes over, and what goes back with it. */
function keeping(steps: readonly Step[], made: readonly Step[]): [readonly Step[], readonly Step[]] {
  const kept = new Map<Step, readonly Var[]>();
  const back = made.map((step) => {
    const [call, ...others] = step.kind === "backward" ? step.steps : [];
    if (call?.kind !== "call" || !call.alone || others.length) return step;
    const values = kept.get(call) ?? keptIn(call.fn).map(({ type }): Var => ({ type }));
    if (values.length === 0) return step;
    kept.set(call, values);
    return { ...step, kept: values };
  });
  const there = steps.map((step) => {
    const values = kept.get(step);
    return values ? { ...step, kept: values } : step;
  });
  return [there, back];
}

/** What a pass needs as it is. */
const valuesOf = ({ from, reads, writes }: PassVars): Asked[] =>
  [
    ...(from ? [from.of, from.seed] : []),
    ...reads.map(({ of }) => of),
    ...writes.flatMap(({ of, value }) => [of, value]),
  ].flatMap((value) => (value ? [{ value, branches: value.branches ?? [] }] : []));

function backwards(steps: readonly Step[], { from, reads, writes }: PassVars): Step[] {
  if (!from) throw new RuntimeError("a gradient is of a backward pass that does not begin in this program.");
  const targets = new Set([...reads, ...writes].map(({ of }) => of));
  const { depends, groups } = groupsBetween(steps, targets, from.of, hostsIn(targets));
  const out: Step[] = [];
  const parts = new Map<Var, Var[]>();
  const note = (of: Var, grad: Var, branches: readonly Branch[]): void => {
    const whole = beyond(branches, of).reduceRight(
      (made, branch) => orZeros(of, made, branch, from.node, out),
      grad,
    );
    parts.set(of, [...(parts.get(of) ?? []), whole]);
  };
  const readers = Map.groupBy(reads, ({ of }) => of);
  const users = (of: Var): number =>
    Number(of === from.of) + groups.filter((group) => externalOf(group).has(of)).length;
  /** The variable for a gradient that is made now: the one that the user reads, when it is the whole. */
  const fresh = (of: Var, whole: boolean): Var => (whole && readers.get(of)?.[0]?.to) || like(of);

  note(from.of, from.seed ?? seedOf(from.of, out), from.of.branches ?? []);
  const totals = new Map<Var, Var | undefined>();
  function total(of: Var): Var | undefined {
    if (totals.has(of)) return totals.get(of);
    const list = parts.get(of) ?? [];
    const sum = list.reduce<Var | undefined>((a, b, i) => {
      if (!a) return b;
      const both = fresh(of, i === list.length - 1);
      out.push(opStep("add", [a, b], both, of.branches));
      return both;
    }, undefined);
    if (sum)
      for (const { to } of readers.get(of) ?? [])
        if (to !== sum) out.push(opStep("clone", [sum], to, of.branches));
    totals.set(of, sum);
    return sum;
  }
  const onward = (of: Var): Var | undefined => {
    const raw = total(of);
    return writes.findLast((write) => write.of === of)?.value ?? raw;
  };

  for (const group of groups.toReversed()) {
    const ends = group.flatMap(({ outputs }) => outputs).filter((output) => parts.has(output));
    const given = ends.map((of) => ({ of, grad: onward(of)! }));
    if (given.length === 0) continue;
    if (isMerge(group)) {
      const [{ inputs, branches }] = group;
      const [decision, yes, no] = inputs as [Var, Var, Var];
      for (const [side, want] of [
        [yes, true],
        [no, false],
      ] as const) {
        if (!depends.has(side)) continue;
        const within = [...branches, { decision, want }];
        const grad = like(side);
        out.push(opStep("clone", [given[0]!.grad], grad, within));
        note(side, grad, within);
      }
      continue;
    }
    const external = [...externalOf(group)];
    const vars = external.filter((input) => depends.has(input));
    const hosts = hostsIn(targets);
    const params = [...new Map(group.flatMap(hostsOf))].filter(([host]) => hosts.has(host));
    const [{ branches }] = group as readonly [Forward];
    const whole = (input: Var): boolean =>
      users(input) === 1 && !hosts.has(hostOf(input)!) && beyond(branches, input).length === 0;
    const outputs = [
      ...vars.map((input) => fresh(input, whole(input))),
      ...params.map(([{ dtype, shape }]): Var => ({ type: { dtype, shape } })),
    ];
    const step: BackwardStep = {
      kind: "backward",
      steps: group,
      given,
      wanted: [...vars, ...params.map(([, slot]) => slot)],
      inputs: [...external, ...given.map(({ grad }) => grad)],
      outputs,
      branches,
    };
    out.push(step);
    vars.forEach((input, i) => void note(input, outputs[i]!, branches));
    params.forEach(([host], i) => {
      for (const target of targets)
        if (hostOf(target) === host) note(target, outputs[vars.length + i]!, branches);
    });
  }
  for (const { of, node } of reads) if (!total(of)) throw leadsNowhere(node.where, from.node.where);
  return out;
}

const hostOf = ({ source }: Var): Host | undefined =>
  source?.kind === "weight" ? source.slot.read() : source && "value" in source ? source.value : undefined;

const hostsIn = (targets: ReadonlySet<Var>): Set<Host> =>
  new Set([...targets].flatMap((target) => hostOf(target) ?? []));

function leadsNowhere(...wheres: readonly ({ readonly stack?: string } | undefined)[]): RuntimeError {
  const [read, from] = wheres.map((where) => (where ? lineOf(where) : "an unknown line"));
  return new RuntimeError(
    `the value whose gradient is read at ${read} does not lead to the one that the backward pass at ${from} begins with, ` +
      "or only through what has no gradient, such as a function of your own, a whole number, another gradient or the body of a loop. " +
      "Read the gradient of a value that the loss was computed from; around both, an ordinary `for`.",
  );
}

/** The steps between the targets and the value that the pass begins with, in pieces: a value that is asked for ends one. */
function groupsBetween(
  steps: readonly Step[],
  targets: ReadonlySet<Var>,
  from: Var,
  hosts: ReadonlySet<Host>,
): { readonly depends: ReadonlySet<Var>; readonly groups: readonly Group[] } {
  const depends = new Set(targets);
  const moving = steps.filter((step): step is Forward | MergeStep => {
    if (step.kind !== "call" && step.kind !== "merge" && (step.kind !== "op" || endsAt(step))) return false;
    const depending =
      step.inputs.some((input) => input && depends.has(input)) ||
      (hosts.size > 0 && step.kind !== "merge" && hostsOf(step).some(([host]) => hosts.has(host)));
    if (depending)
      for (const output of step.outputs) if (output.type.dtype.startsWith("float")) depends.add(output);
    return depending;
  });
  const needed = new Set([from]);
  const between = moving
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((output) => needed.has(output))) return false;
      for (const input of inputs) if (input && depends.has(input)) needed.add(input);
      return true;
    })
    .reverse();
  const groups: Group[] = [];
  let open: Forward[] | undefined;
  for (const step of between) {
    if (step.kind === "merge") {
      groups.push([step]);
      open = undefined;
      continue;
    }
    const alone = step.kind === "call" && step.alone;
    if (open && !alone && sameBranches(open[0]!, step)) open.push(step);
    else groups.push((open = [step]));
    if (alone || step.outputs.some((output) => targets.has(output))) open = undefined;
  }
  return { depends, groups };
}

const isMerge = (group: Group): group is readonly [MergeStep] => group[0]?.kind === "merge";

/** The branches in which something is made, beyond those in which a value is there. */
const beyond = (branches: readonly Branch[], { branches: own = [] }: Var): Branch[] =>
  branches.filter(({ decision, want }) => !own.some((one) => one.decision === decision && one.want === want));

/** A gradient that is only there in a branch: nothing flows back where that is not taken. */
function orZeros(of: Var, grad: Var, { decision, want }: Branch, node: Gradient, out: Step[]): Var {
  const [zeros, made] = [like(of), like(of)];
  out.push(opStep("onesLike", [of], zeros, of.branches, 0));
  const inputs = [decision, want ? grad : zeros, want ? zeros : grad];
  out.push({ kind: "merge", node, inputs, outputs: [made], branches: of.branches ?? [] });
  return made;
}

const like = ({ type, loose, branches }: Var): Var => ({
  type,
  ...(loose && { loose }),
  ...(branches && { branches }),
});

/** Random numbers follow from nothing, and what is detached is a constant. */
const endsAt = ({ node }: OpStep): boolean => opNamed(node.op).host === true || node.op === "detach";

/** What steps take from outside. */
function externalOf(group: Group): Set<Var> {
  const made = new Set<Var>(group.flatMap(({ outputs }) => outputs));
  return new Set(group.flatMap(({ inputs }) => inputs.filter((input) => input && !made.has(input))) as Var[]);
}

/** A step of one op on values of the straight program. */
function opStep(
  name: OpName,
  inputs: readonly Var[],
  output: Var,
  branches: readonly Branch[] = [],
  value = 1,
): OpStep {
  const builder = new Builder();
  builder.op(
    name,
    inputs.map(({ type }) => builder.given(type)),
    name === "onesLike" ? { value, dtype: null } : {},
  );
  return { kind: "op", node: builder.nodes.at(-1) as OpNode, inputs, outputs: [output], branches };
}

/** A pass begins with one number, whose gradient is 1. */
function seedOf(of: Var, out: Step[]): Var {
  const ones = like(of);
  out.push(opStep("onesLike", [of], ones, of.branches));
  return ones;
}

/** Each step after those that make what it needs; otherwise as they were, the new ones as late as may be. */
function ordered(steps: readonly Step[], made: readonly Step[]): Step[] {
  const makers = new Map<Var, Step>();
  for (const step of [...steps, ...made]) for (const output of step.outputs) makers.set(output, step);
  const done = new Set<Step>();
  const out: Step[] = [];
  const visit = (step: Step): void => {
    if (done.has(step)) return;
    done.add(step);
    for (const input of [...step.inputs, ...step.branches.map(({ decision }) => decision)]) {
      const maker = input && makers.get(input);
      if (maker) visit(maker);
    }
    out.push(step);
  };
  for (const step of [...steps, ...made]) visit(step);
  return out;
}
