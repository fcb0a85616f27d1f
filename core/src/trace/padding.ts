/** Warns of positive positions in padded rows: with padding on the left they point at another token than meant. */
import { lineOf } from "../base/where.ts";
import type { Node } from "../ir/node.ts";

export function warnPadded(nodes: readonly Node[], padding: readonly number[] | undefined): void {
  if (!padding?.some((count) => count > 0)) return;
  for (const node of nodes) {
    if (node.kind !== "op" || !node.where || (node.op !== "getitem" && node.op !== "setitem")) continue;
    const rows = rowsOf(node.inputs[0]?.node);
    const padded = rows ? Math.max(0, ...padding.slice(rows.start, rows.start + rows.length)) : 0;
    if (padded && positiveOnPosition(node))
      console.warn(
        `${lineOf(node.where)}: a position counted from the left is used on a prompt that is padded by ${padded} on the left, ` +
          "so it points at the padded width. Count from the right (-1 is the last token), or add the padding.",
      );
  }
}

/** The rows that a value was narrowed to, through the ops between. */
function rowsOf(node: Node | undefined): { readonly start: number; readonly length: number } | undefined {
  if (node?.kind !== "op") return undefined;
  if (node.op === "narrow")
    return { start: Number(node.params["start"]), length: Number(node.params["length"]) };
  return rowsOf(node.inputs[0]?.node);
}

function positiveOnPosition(node: Extract<Node, { kind: "op" }>): boolean {
  const shape = node.inputs[0]!.type.shape;
  const indices = (node.params["indices"] as readonly (number | string | null)[]).filter(
    (index) => index !== null,
  );
  const rest = indices.indexOf("...");
  return indices.some((index, i) => {
    const axis = rest >= 0 && i > rest ? shape.length - (indices.length - i) : i;
    const dim = shape[axis];
    return typeof index === "number" && index >= 0 && typeof dim === "object" && dim.name === "position";
  });
}
