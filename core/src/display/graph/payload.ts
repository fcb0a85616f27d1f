/** What our viewer gets of a program: modules and steps in the order of the run, as plain data of at most 64 KB. */

/** A line of the picture: a module of the model, or something that the user has written. */
export interface GraphNode {
  readonly id: number;
  readonly kind:
    | "module"
    | "read"
    | "write"
    | "op"
    | "call"
    | "condition"
    | "merge"
    | "function"
    | "log"
    | "exit"
    | "region";
  /** What it is: the name of the module within its group, the op, the edge that is read. */
  readonly label: string;
  /** What is said of it in smaller letters: a class, parameters. */
  readonly detail?: string;
  /** The path of the module that it is, or of which it is an edge. */
  readonly path?: string;
  readonly dtype?: string;
  /** Sizes, or names of those that are open. */
  readonly shape?: readonly (number | string)[];
  readonly saved?: true;
  /** How many modules in a row are alike and drawn as one. */
  readonly times?: number;
  /** The end of a module that is looked into, where its output is. */
  readonly end?: true;
  /** A module that the run leaves out. */
  readonly skipped?: true;
  /** The group that it stands in. */
  readonly group?: number;
  /** The branches that it stands in, outermost first. */
  readonly branches?: readonly Branch[];
  /** The user's line. */
  readonly line?: string;
  /** After the run: what the pieces took that begin here, and whether all of them were remembered. */
  readonly milliseconds?: number;
  readonly memo?: true;
  /** Of a saved value whose sizes are known. */
  readonly bytes?: number;
}

export interface Branch {
  /** The node that decides. */
  readonly condition: number;
  readonly want: boolean;
}

/** A value on its way; `at` goes between a module and what is read or written there. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: "value" | "at";
}

/** Lines that belong together: a module that is looked into, or a program within the program. */
export interface GraphGroup {
  readonly id: number;
  readonly kind: "module" | "region";
  readonly label: string;
  readonly parent?: number;
}

export interface GraphPayload {
  /** What is drawn: `trace`, `session`, the name of a model. */
  readonly name: string;
  /** In the order of the run. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
  /** How many lines are left out at the end, so that the rest is small enough. */
  readonly left: number;
  /** After the run: of all pieces, and of all saved values. */
  readonly total?: { readonly milliseconds: number; readonly bytes: number };
}

export const GRAPH_MIME = "application/vnd.nnsight.graph.v1+json";
const MOST_BYTES = 64 * 1024;

/** The payload with as many lines as there is room for. */
export function fitted(whole: GraphPayload, most = MOST_BYTES): GraphPayload {
  let payload = whole;
  for (let kept = whole.nodes.length; bytesOf(payload) > most && kept > 0; kept = Math.floor(kept * 0.9)) {
    const nodes = whole.nodes.slice(0, kept);
    const ids = new Set(nodes.map(({ id }) => id));
    const edges = whole.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
    const groups = shown(whole.groups, nodes);
    payload = { ...whole, nodes, edges, groups, left: whole.nodes.length - kept };
  }
  return payload;
}

function shown(groups: readonly GraphGroup[], nodes: readonly GraphNode[]): GraphGroup[] {
  const used = new Set(nodes.map(({ group }) => group));
  for (const { id, parent } of groups.toReversed()) if (used.has(id)) used.add(parent);
  return groups.filter(({ id }) => used.has(id));
}

const bytesOf = (payload: GraphPayload): number => new TextEncoder().encode(JSON.stringify(payload)).length;
