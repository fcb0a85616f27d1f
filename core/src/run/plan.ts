/** How a program is run: its pieces, each compiled when it is first reached, kept for as long as the program is. */
import type * as ort from "onnxruntime-node";
import { type CallPiece, cut, type Graphlet, type HostPiece, type Piece } from "../compile/cut.ts";
import { type Compiled, emit } from "../compile/emit.ts";
import { open } from "../compile/open.ts";
import { prune } from "../compile/prune.ts";
import type { Branch, Step, Var, Wanted } from "../compile/step.ts";
import type { Node, Slot } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Host } from "../tensor/host.ts";
import { toRuntime } from "./values.ts";

interface Common {
  readonly branches: readonly Branch[];
  readonly done: readonly Var[];
}

export type Stage = (Common & HostPiece) | (Common & GraphStage);

export interface GraphStage {
  readonly kind: "graph";
  readonly piece: CallPiece | Graphlet;
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
  /** Compiled for the weights as they are now. */
  compiled(): { readonly graph: Compiled; readonly feeds: Readonly<Record<string, ort.Tensor>> };
}

export interface Plan {
  readonly stages: readonly Stage[];
  readonly wanted: readonly Wanted[];
}

const plans = new WeakMap<Program, Plan>();

/** The plan of a program, made once. */
export function planOf(program: Program): Plan {
  const known = plans.get(program);
  if (known) return known;
  const straight = open(program);
  const stages = cut(prune(straight), straight.wanted).map(stageOf);
  const plan = { stages, wanted: straight.wanted };
  plans.set(program, plan);
  return plan;
}

function stageOf(piece: Piece): Stage {
  const { branches, done } = piece;
  if (piece.kind === "host") return { ...piece, branches, done };
  const { inputs, outputs } = piece.kind === "call" ? piece.step : piece;
  const slots = (piece.kind === "call" ? [piece.step] : piece.steps).flatMap(slotsOf);
  let weights: readonly Host[] = [];
  let known: ReturnType<GraphStage["compiled"]> | undefined;
  return {
    kind: "graph",
    piece,
    branches,
    done,
    inputs: inputs as readonly Var[],
    outputs,
    compiled() {
      const now = slots.map((slot) => slot.read());
      if (known && now.every((host, i) => host === weights[i])) return known;
      const graph = emit(piece);
      const feeds = Object.fromEntries([...graph.feeds].map(([name, host]) => [name, toRuntime(host)]));
      weights = now;
      return (known = { graph, feeds });
    },
  };
}

/** The parameters that a step refers to, itself or in the bodies that it calls. */
function slotsOf(step: Step): Slot[] {
  if (step.kind === "call") return slotsIn(step.fn.nodes);
  return step.inputs.flatMap((input) => (input?.source?.kind === "weight" ? [input.source.slot] : []));
}

const slotsIn = (nodes: readonly Node[]): Slot[] =>
  nodes.flatMap((node) =>
    node.kind === "weight" ? [node.slot] : node.kind === "call" ? slotsIn(node.fn.nodes) : [],
  );
