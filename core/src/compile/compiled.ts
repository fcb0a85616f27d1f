/** A piece as it is compiled: an ONNX graph with its key, and how its ends are declared. */
import type { GraphBuilder } from "../onnx/builder.ts";
import type { Graph } from "../onnx/graph.ts";
import { whole } from "../ops/packed.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { keyOf } from "./key.ts";
import type { Past } from "./pasts.ts";

/** A graph that can become a session, and what to feed it. */
export interface Compiled {
  readonly graph: Graph;
  readonly key: string;
  /** Names of the inputs, in the order of the piece's. */
  readonly inputs: readonly string[];
  /** Names of the outputs, in the order of the piece's. */
  readonly outputs: readonly string[];
  /** Values that may differ from run to run, such as positions. */
  readonly feeds: ReadonlyMap<string, Host>;
  /** Of a function that keeps positions apart: what stands in for the positions before those that it is given. */
  readonly pasts: readonly Past[];
  /** Of an untouched function: results of products on its way, which going back through it can take over. Names of outputs. */
  readonly kept: readonly string[];
  /** Whether the piece is an untouched part of the model, which comes back in every trace. */
  readonly lasting: boolean;
}

/** Declares an input; of a loose one only the rank is compiled in. A size that is bound in this trace is left open. */
export function inputOf(builder: GraphBuilder, name: string, { dtype, shape }: Type, loose: boolean): string {
  builder.types.set(name, { dtype, shape });
  const sizes = shape.map((dim) =>
    loose ? null : typeof dim === "number" ? dim : dim.size === undefined ? dim.name : null,
  );
  return builder.input(name, dtype, sizes);
}

/** Declares an output. What no node makes, and what is given twice, gets a name of its own. */
export function outputOf(
  builder: GraphBuilder,
  name: string,
  { dtype, shape }: Type,
  given: Set<string>,
): string {
  const plain = whole(builder, name);
  const own = given.has(plain) || !builder.makes(plain) ? builder.node("Identity", [plain]) : plain;
  given.add(own);
  builder.output(
    own,
    dtype,
    shape.map(() => null),
  );
  return own;
}

/** Which of its parts a compiled graph has beside the usual ones. */
interface Parts {
  readonly pasts?: readonly Past[];
  readonly kept?: readonly string[];
}

export function finished(
  { feeds }: GraphBuilder,
  graph: Graph,
  inputs: readonly string[],
  outputs: readonly string[],
  lasting: boolean,
  { pasts = [], kept = [] }: Parts = {},
): Compiled {
  return { graph, key: keyOf(graph), inputs, outputs, feeds, pasts, kept, lasting };
}
