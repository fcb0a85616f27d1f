/** Callbacks and calls whose answer JavaScript takes as true or false. */
import { natureOf } from "../checker/nature.ts";
import { ts } from "../typescript.ts";
import { tested } from "./conditions.ts";
import type { TensorRewriting } from "./context.ts";

const methods = new Set(["filter", "find", "findIndex", "findLast", "findLastIndex", "some", "every"]);

/** `xs.filter((x) => x > 0)` and `Boolean(x)`, where x is a tensor: a lazy one is an error at run time. */
export function rewritePredicate(to: TensorRewriting, node: ts.CallExpression): ts.Expression | undefined {
  const [first, ...rest] = node.arguments;
  if (!first) return undefined;
  const { factory, checker } = to;
  const { expression } = node;
  if (ts.isIdentifier(expression) && expression.text === "Boolean") {
    if (natureOf(checker, checker.getTypeAtLocation(first)) === "plain") return undefined;
    return factory.updateCallExpression(node, expression, undefined, [tested(to, first, "`Boolean()`")]);
  }
  if (!ts.isPropertyAccessExpression(expression) || !methods.has(expression.name.text)) return undefined;
  if (
    !checker
      .getTypeAtLocation(first)
      .getCallSignatures()
      .some((signature) => answersTensor(to, signature))
  )
    return undefined;
  const where = factory.createStringLiteral(`the answer of \`${expression.name.text}\`'s callback`);
  const callback = factory.createCallExpression(to.either("predicate"), undefined, [
    to.rewrite(first),
    where,
  ]);
  return factory.updateCallExpression(node, to.rewrite(expression), undefined, [
    callback,
    ...rest.map(to.rewrite),
  ]);
}

function answersTensor({ checker }: TensorRewriting, signature: ts.Signature): boolean {
  const nature = natureOf(checker, checker.getReturnTypeOfSignature(signature));
  return nature === "operand" || nature === "mixed";
}
