/** Imports: a static one becomes an awaited call, and only the names that are values are taken from it. */
import { type ImportBinding, importedBindings } from "../names.ts";
import { ts } from "../typescript.ts";
import { assignment, inRuntime, inScope, placed, type Rewriting } from "./context.ts";

/** `import a, { b } from "m"` → `const m = await __runtime.import("m"); __scope.a = m.default; __scope.b = m.b` */
export function rewriteImport(to: Rewriting, statement: ts.ImportDeclaration): ts.Statement[] {
  const { factory } = to;
  const clause = statement.importClause;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = importedBindings(statement).filter((binding) => isValue(to, binding));
  if (clause && bindings.length === 0) return [];
  const attributes = statement.attributes ? [attributesObject(to, statement.attributes)] : [];
  const imported = factory.createAwaitExpression(
    placed(
      factory.createCallExpression(inRuntime(to, "import"), undefined, [
        statement.moduleSpecifier,
        ...attributes,
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
  const args = call.arguments.map((argument) => to.rewrite(argument));
  return placed(to.factory.createCallExpression(inRuntime(to, "import"), undefined, args), call);
}

function importedValue(to: Rewriting, module: ts.Identifier, binding: ImportBinding): ts.Expression {
  if (ts.isNamespaceImport(binding)) return module;
  const name = ts.isImportClause(binding) ? "default" : (binding.propertyName ?? binding.name).text;
  return to.factory.createElementAccessExpression(module, to.factory.createStringLiteral(name));
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
