/** Statements at the top of a cell: declarations reach the scope object, the last expression becomes the result. */
import { hasModifier, isUsing } from "../names.ts";
import { ts } from "../typescript.ts";
import { assignDeclarations } from "./bindings.ts";
import { assignment, inRuntime, inScope, placed, type Rewriting } from "./context.ts";
import { isContext, poisoning } from "./contexts.ts";
import { rewriteImport } from "./imports.ts";

export interface TopLevel {
  /** Runs before anything else of the cell: functions may be called above their text. */
  readonly hoisted: ts.Statement[];
  readonly body: ts.Statement[];
}

export function rewriteTopLevel(to: Rewriting, statements: readonly ts.Statement[]): TopLevel {
  const result = resultOf(statements);
  const hoisted: ts.Statement[] = [];
  const outside: ts.Statement[] = [];
  let body: ts.Statement[] = [];
  let opening: ts.Statement[] | undefined;
  for (const statement of statements) {
    if (isErased(statement)) continue;
    if (statement === result) {
      const value = to.rewrite(result.expression);
      body.push(assignment(to, inRuntime(to, "result"), value, result.expression));
    } else if (ts.isImportDeclaration(statement)) body.push(...rewriteImport(to, statement));
    else if (ts.isVariableStatement(statement)) body.push(...rewriteVariables(to, statement));
    else if (ts.isFunctionDeclaration(statement) && statement.name) {
      hoisted.push(copyToScope(to, statement.name));
      outside.push(withoutExport(to, statement));
    } else if (isCopied(statement)) {
      body.push(withoutExport(to, statement), copyToScope(to, statement.name as ts.Identifier));
    } else body.push(to.rewrite(statement));
    if (!opening && isContext(statement)) {
      opening = body;
      body = [];
    }
  }
  const whole = opening ? [...opening, ...poisoning(to, body)] : body;
  return { hoisted, body: [...outside, ...whole] };
}

type Copied = (ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration) & { name: ts.Identifier };

function isCopied(statement: ts.Statement): statement is Copied {
  if (ts.isClassDeclaration(statement)) return statement.name !== undefined;
  return ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement);
}

function rewriteVariables(to: Rewriting, statement: ts.VariableStatement): ts.Statement[] {
  const list = statement.declarationList;
  if (!isUsing(list)) return assignDeclarations(to, list);
  // `using` keeps its declaration, which disposes; the scope object gets a copy.
  return list.declarations.flatMap((declaration) => {
    const { factory } = to;
    const name = declaration.name as ts.Identifier;
    const initializer = declaration.initializer && to.rewrite(declaration.initializer);
    const kept = placed(
      factory.createVariableDeclaration(name.text, undefined, undefined, initializer),
      declaration,
    );
    const flags = list.flags & ts.NodeFlags.BlockScoped;
    const kepts = factory.createVariableDeclarationList([kept], flags);
    return [
      placed(factory.createVariableStatement(undefined, kepts), statement),
      assignment(to, inScope(to, name.text), factory.createIdentifier(name.text), declaration),
    ];
  });
}

function copyToScope(to: Rewriting, name: ts.Identifier): ts.Statement {
  return assignment(to, inScope(to, name.text), to.factory.createIdentifier(name.text), name);
}

const exportWords = new Set([ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DefaultKeyword]);

function withoutExport(to: Rewriting, statement: ts.FunctionDeclaration | Copied): ts.Statement {
  const { factory } = to;
  const node = to.rewrite(statement);
  const modifiers = node.modifiers?.filter((modifier) => !exportWords.has(modifier.kind));
  if (modifiers?.length === (node.modifiers?.length ?? 0) || !modifiers) return node;
  if (ts.isFunctionDeclaration(node))
    return factory.updateFunctionDeclaration(
      node,
      modifiers as ts.Modifier[],
      node.asteriskToken,
      node.name,
      node.typeParameters,
      node.parameters,
      node.type,
      node.body,
    );
  if (ts.isClassDeclaration(node))
    return factory.updateClassDeclaration(
      node,
      modifiers,
      node.name,
      node.typeParameters,
      node.heritageClauses,
      node.members,
    );
  if (ts.isEnumDeclaration(node))
    return factory.updateEnumDeclaration(node, modifiers as ts.Modifier[], node.name, node.members);
  return factory.updateModuleDeclaration(node, modifiers as ts.Modifier[], node.name, node.body);
}

/** The last statement that does something, when it is an expression. */
function resultOf(
  statements: readonly ts.Statement[],
): ts.ExpressionStatement | ts.ExportAssignment | undefined {
  const last = statements.findLast((statement) => !ts.isEmptyStatement(statement) && !isErased(statement));
  return last && (ts.isExpressionStatement(last) || ts.isExportAssignment(last)) ? last : undefined;
}

/** Types, ambient declarations, overloads: nothing to run. */
function isErased(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    (ts.isFunctionDeclaration(statement) && !statement.body) ||
    (ts.isModuleDeclaration(statement) && !hasRuntime(statement)) ||
    hasModifier(statement, ts.SyntaxKind.DeclareKeyword)
  );
}

/** Whether a namespace holds more than types. */
function hasRuntime(namespace: ts.ModuleDeclaration): boolean {
  const { body } = namespace;
  if (!body || !ts.isModuleBlock(body)) return body !== undefined && ts.isModuleDeclaration(body);
  return body.statements.some((statement) => !isErased(statement));
}
