/** The names that a cell declares for itself and for later cells. */
import { ts } from "./typescript.ts";

/** `constant`: import, const, function, class, type. `variable`: let, var. `ambient`: declared, made elsewhere. */
export type NameKind = "constant" | "variable" | "ambient";

export interface CellNames {
  readonly kinds: ReadonlyMap<string, NameKind>;
  /** The declarations whose values live in the scope object. */
  readonly declarations: ReadonlySet<ts.Node>;
  readonly exported: ReadonlySet<string>;
  /** The names that get their value when their statement runs. */
  readonly variables: ReadonlySet<string>;
  /** The names that are a type and nothing else. */
  readonly types: ReadonlySet<string>;
}

export function namesOf(statements: readonly ts.Statement[]): CellNames {
  const kinds = new Map<string, NameKind>();
  const declarations = new Set<ts.Node>();
  const exported = new Set<string>();
  const variables = new Set<string>();
  const types = new Set<string>();
  const values = new Set<string>();

  function add(name: ts.Identifier, declaration: ts.Node, kind: NameKind, isExported: boolean): void {
    kinds.set(name.text, kind);
    if (kind !== "ambient") declarations.add(declaration);
    if (isExported) exported.add(name.text);
    const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
    (isType ? types : values).add(name.text);
    if (ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration)) variables.add(name.text);
  }

  for (const statement of statements) {
    const isExported = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
    const isAmbient = hasModifier(statement, ts.SyntaxKind.DeclareKeyword);
    if (ts.isVariableStatement(statement)) {
      const kind = isAmbient
        ? "ambient"
        : isReassignable(statement.declarationList)
          ? "variable"
          : "constant";
      for (const element of boundElements(statement.declarationList))
        add(element.name, element.declaration, kind, isExported);
    } else if (isNamedDeclaration(statement)) {
      add(statement.name, statement, isAmbient ? "ambient" : "constant", isExported);
    } else if (ts.isImportDeclaration(statement)) {
      for (const binding of importedBindings(statement)) add(binding.name, binding, "constant", false);
    } else if (ts.isExportDeclaration(statement)) {
      for (const name of exportedNames(statement)) exported.add(name);
    } else {
      for (const list of hoistedVariables(statement))
        for (const element of boundElements(list)) add(element.name, element.declaration, "variable", false);
    }
  }
  return {
    kinds,
    declarations,
    exported,
    variables,
    types: new Set([...types].filter((name) => !values.has(name))),
  };
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)
  );
}

export function isUsing(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.Using) !== 0;
}

export function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

function isReassignable(list: ts.VariableDeclarationList): boolean {
  return isVar(list) || (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let;
}

type NamedDeclaration = ts.Statement & { readonly name: ts.Identifier };

function isNamedDeclaration(node: ts.Statement): node is NamedDeclaration {
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    (ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.GlobalAugmentation) === 0);
  return named && node.name !== undefined && ts.isIdentifier(node.name);
}

interface BoundElement {
  readonly name: ts.Identifier;
  readonly declaration: ts.VariableDeclaration | ts.BindingElement;
}

function boundElements(list: ts.VariableDeclarationList): BoundElement[] {
  const found: BoundElement[] = [];
  function walk(declaration: ts.VariableDeclaration | ts.BindingElement): void {
    const { name } = declaration;
    if (ts.isIdentifier(name)) found.push({ name, declaration });
    else for (const element of name.elements) if (ts.isBindingElement(element)) walk(element);
  }
  list.declarations.forEach(walk);
  return found;
}

export type ImportBinding = ts.ImportClause | ts.NamespaceImport | ts.ImportSpecifier;

export function importedBindings(
  statement: ts.ImportDeclaration,
): (ImportBinding & { name: ts.Identifier })[] {
  const clause = statement.importClause;
  if (!clause) return [];
  const found: ImportBinding[] = clause.name ? [clause] : [];
  const named = clause.namedBindings;
  if (named) found.push(...(ts.isNamespaceImport(named) ? [named] : named.elements));
  return found as (ImportBinding & { name: ts.Identifier })[];
}

/** `export { a, b as c }` exports a by its own name. */
function exportedNames({ exportClause, moduleSpecifier }: ts.ExportDeclaration): string[] {
  if (moduleSpecifier || !exportClause || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.filter(({ propertyName }) => !propertyName).map(({ name }) => name.text);
}

/** The `var` lists inside a statement that belong to the cell: a function, class or namespace keeps its own. */
function hoistedVariables(statement: ts.Statement): ts.VariableDeclarationList[] {
  const found: ts.VariableDeclarationList[] = [];
  function walk(node: ts.Node): void {
    if (ownsVariables(node)) return;
    if (ts.isVariableDeclarationList(node) && isVar(node)) found.push(node);
    ts.forEachChild(node, walk);
  }
  walk(statement);
  return found;
}

export function ownsVariables(node: ts.Node): boolean {
  return ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node);
}
