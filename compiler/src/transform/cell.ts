/** Turns the tree of a cell's module into one async function of the scope object and the runtime. */
import { isVar, namesOf, ownsVariables } from "../names.ts";
import { type Origin, runtimeName, scopeName } from "../prelude.ts";
import { ts } from "../typescript.ts";
import { assignHoisted, targetOf } from "./bindings.ts";
import { inRuntime, placed, type Rewriting, type TensorRewriting } from "./context.ts";
import { isImportCall, rewriteDynamicImport } from "./imports.ts";
import { rewriteName, rewriteShorthand, scopedNames } from "./references.ts";
import { Sites } from "./sites.ts";
import { rewriteTopLevel } from "./statements.ts";
import { rewriteTensors } from "./tensors.ts";

export function cellTransformer(
  checker: ts.TypeChecker,
  source: ts.SourceFile,
  offset: number,
  origins: ReadonlyMap<string, Origin>,
  refuse: TensorRewriting["refuse"],
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (root) => {
    const { factory } = context;
    const statements = root.statements.filter((statement) => statement.getStart(source) >= offset);
    const { declarations } = namesOf(statements);
    const isScoped = scopedNames(checker, source, offset, declarations, origins);
    const either = (name: string) => factory.createPropertyAccessExpression(inRuntime(to, "either"), name);
    // The first line is the kernel's own.
    const sites = new Sites(factory, source, either, 1);
    const to: Rewriting = {
      source,
      checker,
      options: context.getCompilerOptions(),
      factory,
      isScoped,
      rewrite: (node) => visit(node) as typeof node,
      either,
      sites,
      refuse,
    };

    function visit(node: ts.Node): ts.Node {
      if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
      if (ts.isIdentifier(node)) return isScoped(node) ? rewriteName(to, node) : node;
      if (ts.isShorthandPropertyAssignment(node) && isScoped(node.name)) return rewriteShorthand(to, node);
      if (ts.isAwaitExpression(node)) return resumed(to, node);
      if (isImportCall(node)) return rewriteDynamicImport(to, node);
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
        return placed(inRuntime(to, "meta"), node);
      if (isCellVar(node)) return hoistedList(node);
      if (ts.isVariableStatement(node) && isCellVar(node.declarationList)) return hoistedStatement(node);
      const rewritten = rewriteTensors(to, node);
      if (rewritten) return rewritten;
      return ts.visitEachChild(node, visit, context);
    }

    /** A `var` of the cell inside a block, a loop or a branch. */
    function isCellVar(node: ts.Node): node is ts.VariableDeclarationList {
      if (!ts.isVariableDeclarationList(node) || !isVar(node)) return false;
      const owner = ts.findAncestor(node.parent, (outer) => outer === source || ownsVariables(outer));
      return owner === source;
    }

    function hoistedStatement(node: ts.VariableStatement): ts.Statement {
      const assigned = assignHoisted(to, node.declarationList);
      return assigned
        ? placed(factory.createExpressionStatement(assigned), node)
        : placed(factory.createEmptyStatement(), node);
    }

    function hoistedList(list: ts.VariableDeclarationList): ts.Node {
      if (ts.isForOfStatement(list.parent) || ts.isForInStatement(list.parent))
        return targetOf(to, list.declarations[0]!.name);
      return assignHoisted(to, list) ?? factory.createVoidZero();
    }

    const { hoisted, body } = rewriteTopLevel(to, statements);
    const places = sites.declared(inRuntime(to, "cell"));
    const strict = factory.createExpressionStatement(factory.createStringLiteral("use strict"));
    const cell = factory.createArrowFunction(
      [factory.createModifier(ts.SyntaxKind.AsyncKeyword)],
      undefined,
      [scopeName, runtimeName].map((name) => factory.createParameterDeclaration(undefined, undefined, name)),
      undefined,
      undefined,
      factory.createBlock([strict, ...places, ...hoisted, ...body], true),
    );
    const expression = factory.createParenthesizedExpression(cell);
    return factory.updateSourceFile(root, [factory.createExpressionStatement(expression)]);
  };
}

/**
 * `await x` → `__runtime.resumed(__runtime.turn, await x)`: the turn is read before the wait, and after it
 * the runtime throws when the cell was interrupted in between. The await itself stays, and with it async stacks.
 */
function resumed(to: Rewriting, node: ts.AwaitExpression): ts.Expression {
  const { factory } = to;
  const awaited = placed(factory.createAwaitExpression(to.rewrite(node.expression)), node);
  return placed(
    factory.createCallExpression(inRuntime(to, "resumed"), undefined, [inRuntime(to, "turn"), awaited]),
    node,
  );
}
