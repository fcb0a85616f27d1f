/** Edits: what was recorded once is written again at the start of each trace, for whatever inputs that has. */
import { mapTree } from "../base/tree.ts";
import { type Guard, isResult, type Node, type Pass, type Result } from "../ir/node.ts";
import type { Touch } from "../ir/program.ts";
import type { Edges } from "./edges.ts";
import type { Recording } from "./recording.ts";

/** A recorded edit: its nodes, and the edges that it reads and writes. */
export interface Edit {
  readonly nodes: readonly Node[];
  readonly touches: readonly Touch[];
}

/** Writes an edit into a trace that has just learnt its model. Reads see what earlier edits have written. */
export function replay({ nodes, touches }: Edit, recording: Recording, edges: Edges): void {
  const { builder } = recording;
  const made = new Map<Result, Result>();
  const passes = new Map<Pass, Pass>();
  const now = (result: Result): Result => made.get(result)!;
  const guardNow = (guard: Guard | undefined): Guard | undefined => {
    if (!guard) return undefined;
    const outer = guardNow(guard.outer);
    return { decision: now(guard.decision), want: guard.want, ...(outer && { outer }) };
  };
  const open = builder.guard;
  for (const node of nodes) {
    builder.guard = guardNow(node.guard);
    const results = again(node);
    node.results.forEach((result, i) => void made.set(result, results[i]!));
  }
  builder.guard = open;
  for (const { hook, write } of touches)
    if (write) edges.leaf(hook)!.hold({ scope: recording, result: now(write) });

  function again(node: Node): readonly Result[] {
    switch (node.kind) {
      case "hook":
        return [edges.leaf(node.hook)!.lazy.result];
      case "constant":
        return [recording.bring(node.value)];
      case "op":
        return builder.op(
          node.op,
          node.inputs.map((input) => input && now(input)),
          node.params,
          node.where,
        );
      case "call": {
        const types = node.results.map(({ type }) => type);
        return builder.call(node.callee, node.fn, node.inputs.map(now), node.unit, types, node.where);
      }
      case "decide":
        return [builder.decide(now(node.condition), node.where)];
      case "merge":
        return [builder.merge(now(node.decision), now(node.yes), now(node.no), node.results[0]!.type)];
      case "apply": {
        const args = node.args.map((arg) => mapTree(arg, isResult, now));
        const { type } = node.results[0]!;
        return [builder.apply(node.name, args, node.run, node.after.map(now), node.where, type)];
      }
      case "region":
        return builder.region(node.body, node.inputs.map(now), node.after.map(now), node.where);
      case "gradient": {
        const pass = passes.get(node.pass) ?? {};
        passes.set(node.pass, pass);
        return builder.gradient(pass, node.role, node.inputs.map(now), node.where);
      }
      case "take":
        return [builder.take(now(node.from), node.of)];
      case "effect":
        builder.effect(
          node.message.map((part) => mapTree(part, isResult, now)),
          node.after.map(now),
          node.where,
        );
        return [];
      default:
        return [];
    }
  }
}
