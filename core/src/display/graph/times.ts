/** What a run took, at the lines of its program: time where a piece began, bytes where a value was saved. */
import type { PieceReport } from "../../run/report.ts";
import type { DType } from "../../tensor/type.ts";
import { bytesOf } from "../numbers.ts";
import type { GraphNode, GraphPayload } from "./payload.ts";

/** Of a program with others inside nothing is said: the same module may run in each. */
export function timed(graph: GraphPayload, pieces: readonly PieceReport[]): GraphPayload {
  if (pieces.length === 0 || graph.groups.some(({ kind }) => kind === "region")) return graph;
  const spent = new Map<number, { milliseconds: number; memo: boolean }>();
  for (const { piece, by, milliseconds } of pieces) {
    const [first] = piece.split(", ");
    const node = graph.nodes.findLast((one) => holds(one, first!));
    if (!node) continue;
    const before = spent.get(node.id) ?? { milliseconds: 0, memo: true };
    spent.set(node.id, {
      milliseconds: before.milliseconds + milliseconds,
      memo: before.memo && by === "memo",
    });
  }
  const nodes = graph.nodes.map((node): GraphNode => {
    const { milliseconds, memo } = spent.get(node.id) ?? {};
    const bytes = savedBytes(node);
    return {
      ...node,
      ...(milliseconds !== undefined && { milliseconds: Math.round(1000 * milliseconds) / 1000 }),
      ...(memo && { memo: true as const }),
      ...(bytes !== undefined && { bytes }),
    };
  });
  const milliseconds = pieces.reduce((sum, piece) => sum + piece.milliseconds, 0);
  const bytes = nodes.reduce((sum, node) => sum + (node.bytes ?? 0), 0);
  return { ...graph, nodes, total: { milliseconds: Math.round(1000 * milliseconds) / 1000, bytes } };
}

/** Whether a line stands for the module, or for the run of modules that it is one of. */
function holds({ kind, path, times, end }: GraphNode, module: string): boolean {
  if (kind !== "module" || path === undefined || end) return false;
  if (path === module || module.startsWith(`${path}.`)) return true;
  if (times === undefined) return false;
  const [list, from] = lastOf(path);
  const [place] = module.startsWith(`${list}.`) ? module.slice(list.length + 1).split(".") : [];
  return Number(place) >= Number(from) && Number(place) < Number(from) + times;
}

function lastOf(path: string): [string, string] {
  const at = path.lastIndexOf(".");
  return [path.slice(0, at), path.slice(at + 1)];
}

function savedBytes({ saved, dtype, shape }: GraphNode): number | undefined {
  if (!saved || !dtype || !shape?.every((size) => typeof size === "number")) return undefined;
  return (shape as number[]).reduce((product, size) => product * size, bytesOf(dtype as DType));
}
