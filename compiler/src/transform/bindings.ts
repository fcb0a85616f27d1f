/** Variables: a declaration becomes an assignment to the scope object, patterns included. */
import { ts } from "../typescript.ts";
import { assignment, inScope, placed, type Rewriting } from "./context.ts";

/** `let a = 1, [b] = c` → `__scope.a = 1; [__scope.b] = c`; without a value, `let` and `const` begin as undefined. */
export function assignDeclarations(to: Rewriting, list: ts.VariableDeclarationList): ts.Statement[] {
  return list.declarations.map((declaration) => {
    const { factory } = to;
    const value = declaration.initializer ? valueOf(to, declaration) : factory.createVoidZero();
    const target = targetOf(to, declaration.name);
    if (!ts.isObjectLiteralExpression(target)) return assignment(to, target, value, declaration);
    const assigned = factory.createParenthesizedExpression(factory.createAssignment(target, value));
    return placed(factory.createExpressionStatement(assigned), declaration);
  });
}

/** `var a = 1, b = 2` inside a statement → the expression `__scope.a = 1, __scope.b = 2`. */
export function assignHoisted(to: Rewriting, list: ts.VariableDeclarationList): ts.Expression | undefined {
  const { factory } = to;
  const assigned = list.declarations
    .filter((declaration) => declaration.initializer)
    .map((declaration) => {
      const target = targetOf(to, declaration.name);
      return placed(factory.createAssignment(target, valueOf(to, declaration)), declaration);
    });
  const [first, ...rest] = assigned;
  if (!first) return undefined;
  const all = rest.length ? factory.createCommaListExpression(assigned) : first;
  return ts.isObjectLiteralExpression(first.left) ? factory.createParenthesizedExpression(all) : all;
}

/** A function or class without a name gets that of its variable, as in plain JavaScript: `{ f: () => 1 }.f`. */
function valueOf(to: Rewriting, declaration: ts.VariableDeclaration): ts.Expression {
  const { factory } = to;
  const initializer = declaration.initializer!;
  const value = to.rewrite(initializer);
  if (!ts.isIdentifier(declaration.name) || !isNameless(initializer)) return value;
  const name = declaration.name.text;
  const named = factory.createObjectLiteralExpression([factory.createPropertyAssignment(name, value)]);
  return factory.createPropertyAccessExpression(factory.createParenthesizedExpression(named), name);
}

function isNameless(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isNameless(node.expression);
  if (ts.isArrowFunction(node)) return true;
  return (ts.isFunctionExpression(node) || ts.isClassExpression(node)) && !node.name;
}

/** A binding pattern as the pattern of an assignment. */
export function targetOf(to: Rewriting, name: ts.BindingName): ts.Expression {
  const { factory } = to;
  if (ts.isIdentifier(name)) return placed(inScope(to, name.text), name);
  if (ts.isArrayBindingPattern(name)) {
    const elements = name.elements.map((element) => {
      if (ts.isOmittedExpression(element)) return factory.createOmittedExpression();
      const target = targetOf(to, element.name);
      return element.dotDotDotToken
        ? factory.createSpreadElement(target)
        : withDefault(to, target, element.initializer);
    });
    return factory.createArrayLiteralExpression(elements);
  }
  return factory.createObjectLiteralExpression(name.elements.map((element) => memberOf(to, element)));
}

function memberOf(to: Rewriting, element: ts.BindingElement): ts.ObjectLiteralElementLike {
  const { factory } = to;
  const target = targetOf(to, element.name);
  if (element.dotDotDotToken) return factory.createSpreadAssignment(target);
  const key = element.propertyName ?? (element.name as ts.Identifier);
  const property = ts.isComputedPropertyName(key) ? to.rewrite(key) : key;
  return factory.createPropertyAssignment(property, withDefault(to, target, element.initializer));
}

function withDefault(to: Rewriting, target: ts.Expression, initializer?: ts.Expression): ts.Expression {
  return initializer ? to.factory.createAssignment(target, to.rewrite(initializer)) : target;
}
