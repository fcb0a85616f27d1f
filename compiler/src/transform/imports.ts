/** Imports: a static one becomes an awaited call, and only the names that are values are taken from it. */
import { type ImportBinding, importedBindings } from "../names.ts";
import { ts } from "../typescript.ts";
import { assignment, inRuntime, inScope, placed, type Rewriting } from "./context.ts";
import { located } from "./paths.ts";

/**
 * `import a, { b } from "m"` → `const m = await __runtime.import("m", undefined, { a: "default", b: "b" });
 * __scope.a = m.default; __scope.b = m.b`. The names let the runtime renew them when the file has changed.
 */
export function rewriteImport(to: Rewriting, statement: ts.ImportDeclaration): ts.Statement[] {
  const { factory } = to;
  const clause = statement.importClause;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = importedBindings(statement).filter((binding) => isValue(to, binding));
  if (clause && bindings.length === 0) return [];
  const attributes = statement.attributes
    ? attributesObject(to, statement.attributes)
    : factory.createVoidZero();
  const imported = factory.createAwaitExpression(
    placed(
      factory.createCallExpression(inRuntime(to, "import"), undefined, [
        located(to, statement.moduleSpecifier),
        attributes,
        importedNames(to, bindings),
      ]),
      statement,
    ),
  );
  if (!clause) return [placed(factory.createExpressionStatement(imported), statement)];
  const module = factory.createUniqueName("__module");
  const declaration = factory.createVariableDeclaration(module, undefined, undefined, imported);
  const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
  return [
    placed(factory.createVariableStatement(undefined, list), statement),
    ...bindings.map((binding) =>
      assignment(to, inScope(to, binding.name.text), importedValue(to, module, binding), statement),
    ),
  ];
}

/** `import("m")` → `__runtime.import("m")` */
export function rewriteDynamicImport(to: Rewriting, call: ts.CallExpression): ts.Expression {
  const args = call.arguments.map((argument) => located(to, to.rewrite(argument)));
  return placed(to.factory.createCallExpression(inRuntime(to, "import"), undefined, args), call);
}

export function isImportCall(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** What the module calls the name that a binding brings. */
function exportedName(binding: ImportBinding): string {
  if (ts.isNamespaceImport(binding)) return "*";
  return ts.isImportClause(binding) ? "default" : (binding.propertyName ?? binding.name).text;
}

function importedNames(
  { factory }: Rewriting,
  bindings: readonly (ImportBinding & { name: ts.Identifier })[],
) {
  return factory.createObjectLiteralExpression(
    bindings.map((binding) =>
      factory.createPropertyAssignment(
        factory.createStringLiteral(binding.name.text),
        factory.createStringLiteral(exportedName(binding)),
      ),
    ),
  );
}

function importedValue(to: Rewriting, module: ts.Identifier, binding: ImportBinding): ts.Expression {
  if (ts.isNamespaceImport(binding)) return module;
  const name = to.factory.createStringLiteral(exportedName(binding));
  return to.factory.createElementAccessExpression(module, name);
}

/** What cannot be resolved may be a value: the run will tell. */
function isValue({ checker }: Rewriting, binding: ImportBinding & { name: ts.Identifier }): boolean {
  if (ts.isImportSpecifier(binding) && binding.isTypeOnly) return false;
  const symbol = checker.getSymbolAtLocation(binding.name);
  if (!symbol) return true;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isUnknown = target.flags === 0 || target.escapedName === "unknown" || !target.declarations;
  return isUnknown || (target.flags & ts.SymbolFlags.Value) !== 0;
}

/** `with { type: "json" }` → `{ with: { type: "json" } }` */
function attributesObject({ factory }: Rewriting, attributes: ts.ImportAttributes): ts.Expression {
  const members = attributes.elements.map((element) =>
    factory.createPropertyAssignment(element.name, element.value),
  );
  return factory.createObjectLiteralExpression([
    factory.createPropertyAssignment("with", factory.createObjectLiteralExpression(members)),
  ]);
}
