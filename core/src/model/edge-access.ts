/** Reading and writing the edges of a call: of a module, or of an operation within one. */
import { AttributeError, RuntimeError } from "../base/errors.ts";
import type { Path, Tree } from "../base/tree.ts";
import { printHook } from "../ir/hook.ts";
import { currentScope, guarded, written } from "../trace/contexts.ts";
import type { Edges } from "../trace/edges.ts";
import { Tensor } from "../trace/tensor.ts";
import { type Forward, forwardAround } from "../trace/tracer.ts";
import type { Root } from "./envoy.ts";
import { handles } from "./handles.ts";

/** What is done with what is named. */
export type Use = "read" | "written";

/**
 * @param within the open forward, for a use of what is named
 * @param path of the module or operation, of whose calls `call` is meant
 */
export function edgeAccess(within: (what: string, use?: Use) => Forward, path: string, call: number) {
  const edge = (kind: "inputs" | "output") => ({ module: path, call, edge: kind });
  return {
    input: (): Tensor =>
      written(() => {
        const { edges, rows } = within("input");
        return firstInput(edges.read(edge("inputs"), rows), path);
      }),
    inputs: (): unknown => written(() => form(within("inputs"), edge("inputs"))),
    output: (): unknown => written(() => form(within("output"), edge("output"))),
    write(name: "input" | "inputs" | "output", value: unknown): void {
      const { edges, rows, recording } = within(name, "written");
      const place: Path = name === "input" ? [0, 0] : [];
      guarded(
        () => edges.write(edge(name === "output" ? "output" : "inputs"), place, value, rows),
        recording,
      );
    },
    skip(value: unknown): void {
      const { recording, edges, rows } = within("skip()");
      guarded(() => {
        const first = value instanceof Tensor && edges.leaf({ ...edge("output"), leaf: [0] });
        edges.write(edge("output"), first ? [0] : [], value, rows);
      }, recording);
    },
  };
}

/** Handles for an edge: a tensor, or a tree whose leaves can be read, written and saved. */
export function form(tracer: Forward, edge: Parameters<Edges["read"]>[0]): unknown {
  const { edges, recording } = tracer;
  return guarded(
    () =>
      handles(edges.read(edge, tracer.rows), {
        name: printHook({ ...edge, leaf: [] }),
        write: (path, value) => guarded(() => edges.write(edge, path, value, tracer.rows), recording),
      }),
    recording,
  );
}

function firstInput(tree: Tree<Tensor>, path: string): Tensor {
  const first = (tree as readonly (readonly unknown[])[])[0]?.[0];
  if (first instanceof Tensor) return first;
  throw poisoned(
    new AttributeError(
      `'${path}' is not called with a tensor as its first argument: look at its \`inputs\`.`,
    ),
  );
}

/** The open forward of this model in which a module is read. @throws RuntimeError when there is none, or when it is another model's */
export function openForward(root: Root, path: string, what: string, use: Use = "read"): Forward {
  const tracer = forwardAround(currentScope(), path);
  if (!tracer) {
    const place = currentScope() ? "in a session, but outside its traces" : "outside a trace";
    const form = currentScope() ? "session.trace(model, input, " : "await model.trace(input, ";
    throw poisoned(
      new RuntimeError(
        `${what} is ${use} ${place}, where it has no value. Write it inside: \`${form}() => ${what})\`.`,
      ),
    );
  }
  if (tracer.subject.module !== root.subject.module)
    throw poisoned(new RuntimeError(`${what} belongs to another model than the trace that is open.`));
  return tracer;
}

/** The error, which whatever is open notes. */
export function poisoned<E>(error: E): E {
  currentScope()?.poison(error);
  return error;
}
