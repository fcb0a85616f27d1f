/** Where tensors may take part: each kind of node, and what it becomes. Undefined: nothing to rewrite here. */
import { natureOf } from "../checker/nature.ts";
import { ts } from "../typescript.ts";
import { obstacleIn } from "./bodies.ts";
import { carriedBy } from "./carried.ts";
import {
  natureOfCondition,
  rewriteConditional,
  rewriteIf,
  rewriteLogical,
  rewriteLogicalAssignment,
  tested,
  testedLoop,
} from "./conditions.ts";
import { placed, type TensorRewriting } from "./context.ts";
import { holdsContext, rewriteContextBlock } from "./contexts.ts";
import { rewriteBinary, rewriteNegation } from "./operators.ts";
import { rewritePredicate } from "./predicates.ts";
import { isAccess, tellCall, tellRead, tellWrite } from "./sites.ts";

export function rewriteTensors(to: TensorRewriting, node: ts.Node): ts.Node | undefined {
  if (ts.isBinaryExpression(node))
    return (
      rewriteBinary(to, node) ??
      rewriteLogical(to, node) ??
      rewriteLogicalAssignment(to, node) ??
      tellWrite(to, node)
    );
  if (ts.isPrefixUnaryExpression(node)) return rewriteUnary(to, node);
  if (ts.isIfStatement(node)) return rewriteIf(to, node);
  if (ts.isConditionalExpression(node)) return rewriteConditional(to, node);
  if (ts.isForOfStatement(node)) return rewriteForOf(to, node);
  if (ts.isWhileStatement(node)) {
    const condition = testedLoop(to, node.expression, "while");
    return condition && to.factory.updateWhileStatement(node, condition, to.rewrite(node.statement));
  }
  if (ts.isDoStatement(node)) {
    const condition = testedLoop(to, node.expression, "do … while");
    return condition && to.factory.updateDoStatement(node, to.rewrite(node.statement), condition);
  }
  if (ts.isForStatement(node)) return rewriteFor(to, node);
  if (ts.isSwitchStatement(node)) return rewriteSwitch(to, node);
  if (ts.isBlock(node) && holdsContext(node.statements)) return rewriteContextBlock(to, node);
  if (ts.isCallExpression(node)) return rewritePredicate(to, node) ?? tellCall(to, node);
  return isAccess(node) ? tellRead(to, node) : undefined;
}

function rewriteUnary(to: TensorRewriting, node: ts.PrefixUnaryExpression): ts.Node | undefined {
  if (node.operator === ts.SyntaxKind.ExclamationToken) natureOfCondition(to, node.operand);
  return rewriteNegation(to, node);
}

/** `for (const item of items) …` → `forOf(items, (item) => { … }, carried)` */
function rewriteForOf(to: TensorRewriting, node: ts.ForOfStatement): ts.Node | undefined {
  const { initializer, statement } = node;
  if (node.awaitModifier || !ts.isVariableDeclarationList(initializer)) return undefined;
  const [declaration] = initializer.declarations;
  const isFresh = (initializer.flags & (ts.NodeFlags.Let | ts.NodeFlags.Const)) !== 0;
  const isUsing = (initializer.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
  if (!isFresh || isUsing || !declaration) return undefined;
  if (natureOf(to.checker, to.checker.getTypeAtLocation(node.expression)) === "plain") return undefined;
  // A lazy value cannot be iterated over: a loop that stays one says so when it runs.
  if (obstacleIn(statement)) return undefined;
  const { factory } = to;
  const item = factory.createParameterDeclaration(undefined, undefined, to.rewrite(declaration.name));
  const block = factory.createBlock([to.rewrite(statement)], true);
  const body = factory.createArrowFunction(undefined, undefined, [item], undefined, undefined, block);
  const carried = carriedBy(to, [statement, initializer]);
  const args = [to.rewrite(node.expression), body, carried];
  const call = factory.createCallExpression(to.either("forOf"), undefined, args);
  return placed(factory.createExpressionStatement(placed(call, node.expression)), node);
}

function rewriteFor(to: TensorRewriting, node: ts.ForStatement): ts.Node | undefined {
  const condition = testedLoop(to, node.condition, "for");
  if (!condition) return undefined;
  const initializer = node.initializer && to.rewrite(node.initializer);
  const incrementor = node.incrementor && to.rewrite(node.incrementor);
  return to.factory.updateForStatement(node, initializer, condition, incrementor, to.rewrite(node.statement));
}

/** `switch` compares identities, which a tensor's numbers have no part in. */
function rewriteSwitch(to: TensorRewriting, node: ts.SwitchStatement): ts.Node | undefined {
  const clauses = node.caseBlock.clauses.filter(ts.isCaseClause);
  for (const part of [node.expression, ...clauses.map(({ expression }) => expression)])
    if (["operand", "mixed"].includes(natureOf(to.checker, to.checker.getTypeAtLocation(part))))
      to.refuse(
        part,
        "A `switch` cannot look at a tensor: it compares identities, not numbers. Use `if (a == b) … else …`.",
      );
  if (natureOf(to.checker, to.checker.getTypeAtLocation(node.expression)) === "plain") return undefined;
  const subject = tested(to, node.expression, "`switch`");
  return to.factory.updateSwitchStatement(node, subject, to.rewrite(node.caseBlock));
}
