/** Says in an error at which line of the user's program it came up: of a step on the host in the words of NNsight 0.3. */
import { RuntimeError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import type { CallPiece, Graphlet, HostPiece } from "../compile/cut.ts";
import { nodeName } from "../ir/name.ts";
import type { Program } from "../ir/program.ts";
import type { Own } from "./templates.ts";

const located = new WeakSet<Error>();

/** Adds to the message of an error of a step on the host; the innermost program names it. */
export function locate(error: unknown, { kind, node }: HostPiece["step"], program: Program): void {
  if (!(error instanceof Error) || located.has(error)) return;
  located.add(error);
  const line = node.where ? lineOf(node.where) : "an unknown line";
  const cause = kind === "decide" ? node.condition.node : node;
  const advice =
    kind === "decide"
      ? `The condition at ${line} is no single value: reduce it first, as in \`ops.all(x)\` or \`ops.any(x)\`.`
      : `It was written at ${line}.`;
  const before = error.message;
  const after = `${before}\n\nAbove exception when execution Node: '${nodeName(cause, program.nodes)}' in Graph: '${program.id}'\n${advice}`;
  const { stack } = error;
  error.message = after;
  if (stack) error.stack = stack.replace(before, () => after);
}

/** ONNX Runtime's words with the user's line, where the piece has one. */
export function explain(error: unknown, piece: CallPiece | Graphlet, own: Own): Error {
  const steps = piece.kind === "call" ? [piece.step] : piece.steps;
  const lines = steps.flatMap((step) => {
    const node = step.kind === "op" ? own.node(step.node) : undefined;
    return node?.where ? [`${node.op} at ${lineOf(node.where)}`] : [];
  });
  const modules = steps.flatMap((step) => (step.kind === "call" ? [step.path] : []));
  const where = lines.length ? lines.join(", ") : modules.join(", ") || "the model";
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(`the run failed in ${where}: ${reason}`, { cause: error });
}
