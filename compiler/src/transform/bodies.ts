/** Whether a branch or a loop body can become a function: not when it jumps out of itself. */
import { isVar } from "../names.ts";
import { ts } from "../typescript.ts";

/** The word that keeps a body from becoming a function, if there is one. */
export function obstacleIn(body: ts.Node): string | undefined {
  const labels = new Set<string>();

  function walk(node: ts.Node, inLoop: boolean, inSwitch: boolean): string | undefined {
    if (ts.isFunctionLike(node)) return undefined;
    if (ts.isReturnStatement(node)) return "return";
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return "await";
    if (ts.isYieldExpression(node)) return "yield";
    if (ts.isVariableDeclarationList(node)) {
      if ((node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) return "await using";
      if (isVar(node)) return "var";
    }
    if (ts.isBreakOrContinueStatement(node)) {
      const isBreak = ts.isBreakStatement(node);
      const isInside = node.label ? labels.has(node.label.text) : inLoop || (isBreak && inSwitch);
      if (!isInside) return isBreak ? "break" : "continue";
    }
    if (ts.isLabeledStatement(node)) labels.add(node.label.text);
    const loops = inLoop || ts.isIterationStatement(node, false);
    const switches = inSwitch || ts.isSwitchStatement(node);
    return ts.forEachChild(node, (child) => walk(child, loops, switches));
  }
  return walk(body, false, false);
}

/** Whether an expression may become the body of a function. */
export const isDeferrable = (node: ts.Expression): boolean => obstacleIn(node) === undefined;
