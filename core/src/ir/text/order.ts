/** The nodes of a program so that each comes after what it needs: those that were completed later than they were written wait. */
import { guardsOf, inputsOf, type Node, orderOf } from "../node.ts";

export function inOrder(nodes: readonly Node[]): readonly Node[] {
  const missing = new Set(nodes);
  const isReady = (node: Node): boolean =>
    [...inputsOf(node), ...orderOf(node), ...guardsOf(node).map(({ decision }) => decision)].every(
      ({ node: needed }) => !missing.has(needed),
    );
  const ordered: Node[] = [];
  let waiting: Node[] = [];
  const go = (node: Node): boolean => {
    if (!isReady(node)) return false;
    missing.delete(node);
    ordered.push(node);
    return true;
  };
  for (const node of nodes) {
    if (!go(node)) waiting.push(node);
    else while (waiting.length && waiting.length !== (waiting = waiting.filter((one) => !go(one))).length);
  }
  return ordered;
}
