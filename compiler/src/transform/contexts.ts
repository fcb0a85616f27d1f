/** Blocks that hold a context (`await using tracer = …`): a throw in one tells the context that its program is broken. */
import { isUsing } from "../names.ts";
import { ts } from "../typescript.ts";
import { placed, type TensorRewriting } from "./context.ts";

export const isContext = (statement: ts.Statement): boolean =>
  ts.isVariableStatement(statement) && isUsing(statement.declarationList);

export const holdsContext = (statements: readonly ts.Statement[]): boolean => statements.some(isContext);

/** `{ using a = …; rest }` → `{ using a = …; try { rest } catch (error) { poison(error); throw error; } }` */
export function rewriteContextBlock(to: TensorRewriting, block: ts.Block): ts.Block {
  const { factory } = to;
  const first = block.statements.findIndex(isContext);
  const statements = block.statements.map((statement) => to.rewrite(statement));
  const guarded = poisoning(to, statements.slice(first + 1));
  return placed(factory.createBlock([...statements.slice(0, first + 1), ...guarded], true), block);
}

/** `try { … } catch (error) { poison(error); throw error; }` */
export function poisoning(to: TensorRewriting, statements: readonly ts.Statement[]): ts.Statement[] {
  if (statements.length === 0) return [];
  const { factory } = to;
  const error = factory.createUniqueName("error");
  const told = factory.createCallExpression(to.either("poison"), undefined, [error]);
  const handler = factory.createBlock(
    [factory.createExpressionStatement(told), factory.createThrowStatement(error)],
    true,
  );
  const clause = factory.createCatchClause(factory.createVariableDeclaration(error), handler);
  return [factory.createTryStatement(factory.createBlock([...statements], true), clause, undefined)];
}
