/** What every rewriting step of a cell needs: the tree it reads, the factory it builds with, the checker it asks. */
import { runtimeName, scopeName } from "../prelude.ts";
import { ts } from "../typescript.ts";

export interface Rewriting {
  readonly source: ts.SourceFile;
  readonly checker: ts.TypeChecker;
  readonly factory: ts.NodeFactory;
  /** Whether the name at this place lives in the scope object. */
  readonly isScoped: (name: ts.Identifier) => boolean;
  /** Rewrites an expression, statement or any part of one. */
  readonly rewrite: <T extends ts.Node>(node: T) => T;
}

/** Gives a built node the place of the one it stands for, so that stacks point to it. */
export function placed<T extends ts.Node>(built: T, original: ts.Node): T {
  return ts.setTextRange(ts.setOriginalNode(built, original), original);
}

/** `__scope.name` */
export function inScope({ factory }: Rewriting, name: string): ts.PropertyAccessExpression {
  return factory.createPropertyAccessExpression(factory.createIdentifier(scopeName), name);
}

/** `__runtime.name` */
export function inRuntime({ factory }: Rewriting, name: string): ts.PropertyAccessExpression {
  return factory.createPropertyAccessExpression(factory.createIdentifier(runtimeName), name);
}

/** `target = value;` */
export function assignment(
  { factory }: Rewriting,
  target: ts.Expression,
  value: ts.Expression,
  original: ts.Node,
): ts.ExpressionStatement {
  const assigned = placed(factory.createAssignment(target, value), original);
  return placed(factory.createExpressionStatement(assigned), original);
}
