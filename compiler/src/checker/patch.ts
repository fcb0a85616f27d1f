/** Gives the stock TypeScript of package.json a hook in its checker, in memory, while it is loaded. */
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** Each: a text that the source of TypeScript holds exactly once, and what is put behind it. */
const insertions: readonly [anchor: string, inserted: string][] = [
  [
    "      return useUnknownInCatchVariables ? unknownType : anyType;\n    }\n" +
      "    if (declaredType) {\n      return addOptionality(declaredType, isProperty, isOptional);\n    }\n",
    "    const begun = !noImplicitAny && ts.operatorHook.begun(declaration);\n" +
      '    if (begun) return begun === "array" ? autoArrayType : anyType;\n',
  ],
  [
    "  function widenTypeForVariableLikeDeclaration(type, declaration, reportErrors2) {\n    if (type) {\n",
    "      type = ts.operatorHook.widened(checker, type, declaration);\n",
  ],
  [
    "  function checkBinaryLikeExpressionWorker(left, operatorToken, right, leftType, rightType, checkMode, errorNode) {\n" +
      "    const operator = operatorToken.kind;\n",
    "    const operation = ts.operatorHook.binary(checker, operator, left, leftType, rightType);\n" +
      "    if (operation) {\n" +
      "      leftType = ts.operatorHook.target(checker, left, leftType);\n" +
      "      checkAssignmentOperator(operation);\n" +
      "      return operation;\n" +
      "    }\n",
  ],
  [
    "  function checkPrefixUnaryExpression(node) {\n    const operandType = checkExpression(node.operand);\n",
    "    const operation = ts.operatorHook.unary(checker, node.operator, operandType);\n" +
      "    if (operation) return operation;\n",
  ],
  [
    "    const type1 = checkExpression(node.whenTrue, checkMode);\n    const type2 = checkExpression(node.whenFalse, checkMode);\n",
    "    const choice = ts.operatorHook.choice(checker, type, type1, type2);\n    if (choice) return choice;\n",
  ],
  [
    "        if (getAssignmentTargetKind(node) === 2 /* Compound */) {\n",
    "          if (ts.operatorHook.rebinds(checker, declaredType)) return declaredType;\n",
  ],
  [
    "        const t = isInCompoundLikeAssignment(node) ? getBaseTypeOfLiteralType(declaredType) : declaredType;\n" +
      "        if (t.flags & 134217728 /* Union */) {\n",
    "          if (ts.operatorHook.widens(checker, declaredType, getInitialOrAssignedType(flow))) return declaredType;\n",
  ],
];

function patched(source: string): string {
  for (const [anchor, inserted] of insertions) {
    const at = source.indexOf(anchor);
    if (at < 0 || source.includes(anchor, at + 1))
      throw new Error(
        "The operators of tensors need typescript 6.0.3, whose checker they extend, but another version is " +
          `installed: this text was not found once in it: '${anchor.trim().split("\n")[0]}'. ` +
          "Install it with `npm install typescript@6.0.3`.",
      );
    source = source.slice(0, at + anchor.length) + inserted + source.slice(at + anchor.length);
  }
  return source;
}

const require = createRequire(import.meta.url);
const file = require.resolve("typescript");
const url = pathToFileURL(file).href;

// A copy that was loaded before has no hook.
delete require.cache[file];

const hooks = registerHooks({
  load(loading, context, next) {
    const loaded = next(loading, context);
    return loading === url ? { ...loaded, source: patched(String(loaded.source)) } : loaded;
  },
});

/** Called when TypeScript is there: whoever loads it later, in the same process, gets it without the hook. */
export function endPatching(): void {
  hooks.deregister();
  delete require.cache[file];
}
