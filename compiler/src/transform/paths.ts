/** Imports by the `paths` of tsconfig.json, which only TypeScript knows, become those of the files they lead to. */
import { pathToFileURL } from "node:url";
import { ts } from "../typescript.ts";
import type { TensorRewriting } from "./context.ts";

/** The specifier as Node understands it. */
export function located(
  { checker, factory, options }: TensorRewriting,
  specifier: ts.Expression,
): ts.Expression {
  if (!ts.isStringLiteral(specifier) || !isAlias(specifier.text, options)) return specifier;
  const file = checker.getSymbolAtLocation(specifier)?.valueDeclaration;
  if (!file || !ts.isSourceFile(file) || file.isDeclarationFile) return specifier;
  return factory.createStringLiteral(pathToFileURL(file.fileName).href);
}

function isAlias(name: string, { paths = {} }: ts.CompilerOptions): boolean {
  if (name.startsWith(".")) return false;
  return Object.keys(paths).some((pattern) => {
    const [start = "", end = ""] = pattern.split("*");
    return pattern === name || (pattern.includes("*") && name.startsWith(start) && name.endsWith(end));
  });
}
