/** Errors of our own, in the form of TypeScript's. */
import { ts } from "../typescript.ts";

/** Above all numbers of TypeScript's own errors. */
const code = 90_001;

export function refusal(node: ts.Node, messageText: string): ts.Diagnostic {
  const file = node.getSourceFile();
  const start = node.getStart(file);
  return { category: ts.DiagnosticCategory.Error, code, file, start, length: node.end - start, messageText };
}
