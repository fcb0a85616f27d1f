/** What every rewriting step needs: the tree it reads, the factory it builds with, the checker it asks. */
import { runtimeName, scopeName } from "../prelude.ts";
import { ts } from "../typescript.ts";
import type { Sites } from "./sites.ts";

/** What the rewriting of tensors needs, in a cell and in a file alike. */
export interface TensorRewriting {
  readonly checker: ts.TypeChecker;
  readonly options: ts.CompilerOptions;
  readonly factory: ts.NodeFactory;
  /** Rewrites an expression, statement or any part of one. */
  readonly rewrite: <T extends ts.Node>(node: T) => T;
  /** A function that decides at run time whether its values are tensors. */
  readonly either: (name: string) => ts.Expression;
  /** The user's lines, as the library is told them. */
  readonly sites: Sites;
  /** Says why this cannot be compiled. */
  readonly refuse: (node: ts.Node, message: string) => void;
}

export interface Rewriting extends TensorRewriting {
  readonly source: ts.SourceFile;
  /** Whether the name at this place lives in the scope object. */
  readonly isScoped: (name: ts.Identifier) => boolean;
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
export function inRuntime({ factory }: TensorRewriting, name: string): ts.PropertyAccessExpression {
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
