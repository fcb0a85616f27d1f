/** A file of a project: it stays a module, and what may meet a tensor in it is rewritten as in a cell. */
import { basename } from "node:path";
import { registered } from "../runtime/index.ts";
import { ts } from "../typescript.ts";
import type { TensorRewriting } from "./context.ts";
import { holdsContext, isContext } from "./contexts.ts";
import { isImportCall } from "./imports.ts";
import { located } from "./paths.ts";
import { Sites } from "./sites.ts";
import { rewriteTensors } from "./tensors.ts";

const runtime = "__either";

export function fileTransformer(
  checker: ts.TypeChecker,
  refuse: TensorRewriting["refuse"],
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (root) => {
    const { factory } = context;
    let isUsed = false;
    const either = (name: string): ts.Expression => {
      isUsed = true;
      return factory.createPropertyAccessExpression(factory.createIdentifier(runtime), name);
    };
    const sites = new Sites(factory, root, either, 0);
    const to: TensorRewriting = {
      checker,
      options: context.getCompilerOptions(),
      factory,
      refuse,
      rewrite: (node) => visit(node) as typeof node,
      either,
      sites,
    };
    function visit(node: ts.Node): ts.Node {
      if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
      if (ts.isStringLiteral(node) && namesModule(node)) return located(to, node);
      return rewriteTensors(to, node) ?? ts.visitEachChild(node, visit, context);
    }
    const body = root.statements.map((statement) => to.rewrite(statement));
    const statements = holdsContext(root.statements) ? guarded(to, root.statements, body) : body;
    const places = sites.declared(factory.createStringLiteral(basename(root.fileName)));
    const declared = isUsed
      ? [declaration(factory, runtime, registeredRuntime(factory), ts.NodeFlags.Const)]
      : [];
    return factory.updateSourceFile(root, [...declared, ...places, ...statements]);
  };
}

function namesModule({ parent }: ts.StringLiteral): boolean {
  return ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || isImportCall(parent);
}

/** What is exported cannot stand in a `try`: a guard beside the context sees whether the file's last line is reached. */
function guarded(
  to: TensorRewriting,
  originals: readonly ts.Statement[],
  statements: readonly ts.Statement[],
): ts.Statement[] {
  const { factory } = to;
  const after = originals.findIndex(isContext) + 1;
  const guard = "__guard";
  const made = factory.createCallExpression(to.either("guard"), undefined, []);
  const done = factory.createPropertyAccessExpression(factory.createIdentifier(guard), "done");
  return [
    ...statements.slice(0, after),
    declaration(factory, guard, made, ts.NodeFlags.Using),
    ...statements.slice(after),
    factory.createExpressionStatement(factory.createCallExpression(done, undefined, [])),
  ];
}

function declaration(factory: ts.NodeFactory, name: string, value: ts.Expression, flags: ts.NodeFlags) {
  const declared = factory.createVariableDeclaration(name, undefined, undefined, value);
  return factory.createVariableStatement(undefined, factory.createVariableDeclarationList([declared], flags));
}

/** `globalThis[Symbol.for("nnsight.either")]` */
function registeredRuntime(factory: ts.NodeFactory): ts.Expression {
  const symbolFor = factory.createPropertyAccessExpression(factory.createIdentifier("Symbol"), "for");
  const symbol = factory.createCallExpression(symbolFor, undefined, [
    factory.createStringLiteral(registered),
  ]);
  return factory.createElementAccessExpression(factory.createIdentifier("globalThis"), symbol);
}
