/** How a program is run: its pieces, each compiled when it is first reached, kept for as long as the program is. */
import type * as ort from "onnxruntime-node";
import { writesSoFar } from "../base/writes.ts";
import { closeUp, goesOnWith } from "../compile/chain.ts";
import type { Compiled } from "../compile/compiled.ts";
import { type CallPiece, cut, type Graphlet, type HostPiece, type Piece } from "../compile/cut.ts";
import { emit, emitCall, type Way } from "../compile/emit.ts";
import { gatherCalls, mayGather } from "../compile/gather.ts";
import { narrow } from "../compile/narrow.ts";
import { open } from "../compile/open.ts";
import { prune } from "../compile/prune.ts";
import type { Branch, CallStep, Step, Unit, Var, Wanted } from "../compile/step.ts";
import { findTrunks } from "../compile/trunk.ts";
import { type Fn, slotsOf } from "../ir/fn.ts";
import type { Slot } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Host } from "../tensor/host.ts";
import { nameOfDim, type Type } from "../tensor/type.ts";
import { valueIdentity } from "./memo.ts";
import { type Moves, movesOf } from "./moves.ts";
import { structureOf } from "./structure.ts";
import { bared, itself, likenessOf, type Own, ownOf } from "./templates.ts";
import { toRuntime } from "./values.ts";

interface Common {
  readonly branches: readonly Branch[];
  readonly done: readonly Var[];
}

export type Stage = (Common & HostPiece) | GraphStage | RowsStage;

/** Calls of one function on several values, none of which needs another's results. */
export interface RowsStage extends Common {
  readonly kind: "rows";
  readonly stages: readonly GraphStage[];
}

export interface GraphStage extends Common {
  readonly kind: "graph";
  readonly piece: CallPiece | Graphlet;
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
  /** The modules or ops that it is, for people. */
  readonly name: string;
  /** Of an untouched part: which, when the run of the model reaches it, and what going back takes over from it. */
  readonly call?: Pick<CallStep, "fn" | "at" | "kept">;
  /** The blocks after it in its chain, each on what the one before it gives, as far as nothing stands between them. */
  readonly next?: readonly GraphStage[];
  /** Of what a user's ops are in: the units that are opened there, as they would run untouched. */
  readonly units: readonly Unit[];
  /** Where each output has its positions, if it has any. */
  readonly positions: readonly (number | undefined)[];
  /** How it is done without ONNX Runtime, where it only reads and writes by index. */
  readonly moves?: Moves;
  /** Compiled for the weights as they are now. */
  compiled(): Ready;
  /** Of a way back: how it is done with what was kept on the way there. */
  readonly over?: Over;
}

export interface Over extends Pick<GraphStage, "inputs" | "compiled"> {
  readonly kept: readonly Var[];
}

export interface Ready {
  readonly graph: Compiled;
  readonly feeds: Readonly<Record<string, ort.Tensor>>;
  /** Equal for equal structure, weights and constants. */
  readonly identity: string;
  /** The same for one row, where that reads weights in blocks. */
  readonly forOneRow?: () => Ready;
  /** Whether this is that. */
  readonly oneRow: boolean;
}

export interface Plan {
  readonly stages: readonly Stage[];
  readonly wanted: readonly Wanted[];
  /** How many steps nothing asked for. */
  readonly pruned: number;
}

/** A plan as it serves one program. */
export interface Planned {
  readonly plan: Plan;
  readonly own: Own;
}

const plans = new WeakMap<Program, Planned>();

interface Template {
  readonly plan: Plan;
  readonly program: Program;
}

/** Of each model plans by the structure of programs, the least recently used first. */
const templates = new WeakMap<Fn, Map<string, Template>>();
const mostTemplates = 1024;

/** The plan of a program: made once for all of one structure. */
export function planOf(program: Program): Planned {
  const known = plans.get(program);
  if (known) return known;
  const likeness = likenessOf(program);
  const planned =
    likeness === undefined ? { plan: planFor(program), own: itself } : plannedBy(likeness, program);
  plans.set(program, planned);
  return planned;
}

/** The plan of all programs of a structure, made for the first of them. */
function plannedBy(likeness: string, program: Program): Planned {
  const known = templates.get(program.root) ?? new Map<string, Template>();
  templates.set(program.root, known);
  let template = known.get(likeness);
  if (template) known.delete(likeness);
  else {
    const bare = bared(program);
    try {
      template = { plan: planFor(bare), program: bare };
    } catch {
      // It says so again, with the user's lines.
      return { plan: planFor(program), own: itself };
    }
  }
  known.set(likeness, template);
  if (known.size > mostTemplates) known.delete(known.keys().next().value!);
  return { plan: template.plan, own: ownOf(program, template.program) };
}

/** A plan made anew. */
export function planFor(program: Program): Plan {
  findTrunks(program.root);
  const straight = open(program);
  const needed = prune(straight);
  const steps = gatherCalls(closeUp(narrow(needed, straight.wanted)));
  const stages = joinChains(joinRows(cut(steps, straight.wanted).map(stageOf)));
  return { stages, wanted: straight.wanted, pruned: straight.steps.length - needed.length };
}

/** Neighbours that may be rows of one call, as one stage. */
function joinRows(stages: readonly ((Common & HostPiece) | GraphStage)[]): Stage[] {
  const made: Stage[] = [];
  for (const stage of stages) {
    const last = made.at(-1);
    const together = last && partsOf(last);
    const joins =
      stage.kind === "graph" &&
      stage.piece.kind === "call" &&
      mayGather(stage.piece.step) &&
      together?.every(
        ({ call, outputs }) =>
          call?.fn === stage.call?.fn && !outputs.some((one) => stage.inputs.includes(one)),
      );
    if (joins && last && together)
      made[made.length - 1] = {
        kind: "rows",
        stages: [...together, stage],
        branches: [],
        done: [...last.done, ...stage.done],
      };
    else made.push(stage);
  }
  return made;
}

/** Tells each block which ones of its chain follow it. */
function joinChains(stages: readonly Stage[]): Stage[] {
  let after: GraphStage | undefined;
  const made = stages.toReversed().map((stage): Stage => {
    if (stage.kind !== "graph" || stage.branches.length || stage.piece.kind !== "call") {
      after = undefined;
      return stage;
    }
    const goesOn = after?.piece.kind === "call" && goesOnWith(stage.piece.step, after.piece.step);
    after = goesOn && after ? { ...stage, next: [after, ...(after.next ?? [])] } : stage;
    return after;
  });
  return made.reverse();
}

const partsOf = (stage: Stage): readonly GraphStage[] | undefined =>
  stage.kind === "rows"
    ? stage.stages
    : stage.kind === "graph" && stage.branches.length === 0
      ? [stage]
      : undefined;

function stageOf(piece: Piece): (Common & HostPiece) | GraphStage {
  const { branches, done } = piece;
  if (piece.kind === "host") return { ...piece, branches, done };
  const call = piece.kind === "call" ? piece.step : undefined;
  const { inputs, outputs } = call ?? (piece as Graphlet);
  const moves = piece.kind === "graph" && movesOf(piece);
  const over = overOf(piece);
  return {
    kind: "graph",
    piece,
    name: nameOf(piece),
    branches,
    done,
    inputs: inputs as readonly Var[],
    outputs,
    ...(call && { call }),
    ...(moves && { moves }),
    ...(over && { over }),
    units: piece.kind === "graph" ? piece.units : [],
    positions: outputs.map(({ type }) => axisIn(type, "position")),
    compiled: call
      ? () => readyCall(call)
      : compiledFor(piece.kind === "call" ? [] : piece.steps.flatMap(slotsIn), (way) => emit(piece, way)),
  };
}

function overOf(piece: Piece): Over | undefined {
  const [step] = piece.kind === "graph" ? piece.steps : [];
  if (piece.kind !== "graph" || step?.kind !== "backward" || !step.kept) return undefined;
  const { kept } = step;
  const compiled = compiledFor(slotsIn(step), (way) => emit(piece, { ...way, over: true }));
  return { kept, inputs: [...piece.inputs, ...kept], compiled };
}

const calls = new WeakMap<Fn, () => Ready>();

/** A function as it runs untouched, for all who call it. */
export function readyCall({ fn }: Pick<Unit, "fn">): Ready {
  const known = calls.get(fn) ?? compiledFor(slotsOf(fn), (way) => emitCall(fn, way));
  calls.set(fn, known);
  return known();
}

/** Written once, for as long as the weights are the same. */
function compiledFor(slots: readonly Slot[], write: (way: Way) => Compiled): () => Ready {
  let weights: readonly Host[] = [];
  let known: Ready | undefined;
  let seen = -1;
  return () => {
    if (known && seen === writesSoFar()) return known;
    if (!known || !slots.every((slot, i) => slot.read() === weights[i])) {
      weights = slots.map((slot) => slot.read());
      known = readyFor(write, {}, weights);
    }
    seen = writesSoFar();
    return known;
  };
}

function readyFor(write: (way: Way) => Compiled, way: Way, weights: readonly Host[]): Ready {
  const graph = write(way);
  const feeds = Object.fromEntries([...graph.feeds].map(([name, host]) => [name, toRuntime(host)]));
  const constants = Object.values(feeds).map(valueIdentity).join();
  const { oneRow = false } = way;
  const ready = { graph, feeds, identity: `${structureOf(graph)}(${constants})`, oneRow };
  if (oneRow || !weights.some(({ blocks }) => blocks)) return ready;
  let other: Ready | undefined;
  return { ...ready, forOneRow: () => (other ??= readyFor(write, { oneRow: true }, weights)) };
}

/** How a part is computed on these inputs. */
export function readyOn(
  { inputs, compiled }: Pick<GraphStage, "inputs" | "compiled">,
  given: readonly ort.Tensor[],
): Ready {
  const ready = compiled();
  return ready.forOneRow && isOneRow(inputs, given) ? ready.forOneRow() : ready;
}

/** Whether inputs have one position of one batch: the first that has both tells. */
function isOneRow(inputs: readonly Var[], given: readonly ort.Tensor[]): boolean {
  for (const [i, { type }] of inputs.entries()) {
    const [batch, position] = [axisIn(type, "batch"), axisIn(type, "position")];
    if (batch === undefined || position === undefined) continue;
    const { dims } = given[i]!;
    return dims[batch] === 1 && dims[position] === 1;
  }
  return false;
}

function axisIn({ shape }: Type, name: string): number | undefined {
  const at = shape.findIndex((dim) => nameOfDim(dim) === name);
  return at < 0 ? undefined : at;
}

/** `layers.3`, or `mul, add and 4 more`. */
function nameOf(piece: CallPiece | Graphlet): string {
  if (piece.kind === "call") return piece.step.path || "the model";
  const names = piece.steps.map((step) =>
    step.kind === "call" ? step.path : step.kind === "op" ? step.node.op : step.kind,
  );
  const shown = [...new Set(names)];
  return shown.length <= 3
    ? shown.join(", ")
    : `${shown.slice(0, 2).join(", ")} and ${shown.length - 2} more`;
}

/** The parameters that a step refers to, itself or in the bodies that it calls. */
const slotsIn = (step: Step): readonly Slot[] =>
  step.kind === "backward"
    ? step.steps.flatMap(slotsIn)
    : step.kind === "call"
      ? slotsOf(step.fn)
      : step.inputs.flatMap((input) => (input?.source?.kind === "weight" ? [input.source.slot] : []));
