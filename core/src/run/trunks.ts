/** Which blocks of a model run as a stretch of their chain: its one session, made when half of the chain is asked for at once. */
import * as ort from "onnxruntime-node";
import type { Compiled } from "../compile/compiled.ts";
import { emitTrunk, memberOf, switches, type Trunk, type TrunkGraph } from "../compile/trunk.ts";
import type { Fn } from "../ir/fn.ts";
import type { ValueInfo } from "../onnx/graph.ts";
import { type Ready, readyCall } from "./plan.ts";
import type { Sessions } from "./sessions.ts";
import { zeros } from "./values.ts";

/** How some neighbouring blocks, or one, are run. */
export interface Stretch {
  readonly compiled: Compiled;
  /** What says which blocks run. */
  readonly feeds: Readonly<Record<string, ort.Tensor>>;
  /** For each block the names of its arguments. */
  readonly taken: readonly (readonly string[])[];
  /** For each block the names of its results and of the keys and values of its attentions. */
  readonly made: readonly (readonly string[])[];
  /** Which arguments each block has for itself. */
  readonly own: readonly number[];
}

type Graphs = WeakMap<Trunk, TrunkGraph | "none">;

/** For any number of rows, and for one. */
const graphs: { readonly any: Graphs; readonly one: Graphs } = { any: new WeakMap(), one: new WeakMap() };

const partOf = (fn: Fn, oneRow: boolean): Compiled => {
  const ready = readyCall({ fn });
  return ((oneRow && ready.forOneRow?.()) || ready).graph;
};

export class Trunks {
  constructor(readonly sessions: Sessions) {}

  /** A block and those after it, run by the session of their chain; nothing where that is not there and does not pay. */
  stretch(fn: Fn, { oneRow }: Pick<Ready, "oneRow">, count = 1): Stretch | undefined {
    const member = memberOf(fn);
    if (!member) return undefined;
    const { trunk, index } = member;
    const end = index + count;
    const pays = count > 1 && 2 * count >= trunk.fns.length;
    const made = graphs[oneRow ? "one" : "any"];
    const known = made.get(trunk);
    if (known === "none" || (!known && !pays)) return undefined;
    const parts = (pays ? trunk.fns : trunk.fns.slice(index, end)).map((one) => partOf(one, oneRow));
    const graph = pays ? graphOf(made, trunk, parts) : known;
    if (!graph || graph === "none") return undefined;
    const from = pays ? index : 0;
    for (let i = 0; i < count; i++) if (parts[from + i] !== graph.parts[index + i]) return undefined;
    if (!this.sessions.has(graph)) {
      if (!pays) return undefined;
      // Their weights are packed once: in the chain's session from now on.
      this.sessions.drop(graph.parts);
    }
    return {
      compiled: graph,
      feeds: feedsOf(graph, index, end),
      taken: graph.taken.slice(index, end),
      made: graph.made.slice(index, end),
      own: trunk.own,
    };
  }
}

/** Written anew when most of its blocks have other weights by now. */
function graphOf(graphs: Graphs, trunk: Trunk, parts: readonly Compiled[]): TrunkGraph | "none" {
  const known = graphs.get(trunk);
  if (
    known &&
    known !== "none" &&
    2 * parts.filter((part, i) => part === known.parts[i]).length >= parts.length
  )
    return known;
  const made = emitTrunk(trunk, parts) ?? "none";
  graphs.set(trunk, made);
  return made;
}

const known = new WeakMap<TrunkGraph, Map<string, Readonly<Record<string, ort.Tensor>>>>();

/** What says which blocks run, and nothing for what others have for themselves. */
function feedsOf(graph: TrunkGraph, begin: number, end: number): Readonly<Record<string, ort.Tensor>> {
  const all = known.get(graph) ?? new Map<string, Readonly<Record<string, ort.Tensor>>>();
  known.set(graph, all);
  const key = `${begin} ${end}`;
  const found = all.get(key);
  if (found) return found;
  const { length } = graph.made;
  const active = Uint8Array.from({ length }, (_, i) => Number(i >= begin && i < end));
  const first = Uint8Array.from({ length }, (_, i) => Number(i === begin));
  const idle = graph.own.filter((_, i) => i < begin || i >= end).flat();
  const feeds = {
    [switches.active]: new ort.Tensor("bool", active, [length]),
    [switches.first]: new ort.Tensor("bool", first, [length]),
    ...Object.fromEntries(idle.map((info) => [info.name, nothing(info)])),
  };
  all.set(key, feeds);
  return feeds;
}

/** No values of a form. */
const nothing = ({ dtype = "float32", shape }: ValueInfo): ort.Tensor =>
  zeros(
    dtype,
    shape.map((size) => (typeof size === "number" ? size : 0)),
  );
