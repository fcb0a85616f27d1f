/** What is known of the name at the cursor: its type, its documentation, its tags. */
import { ts } from "./typescript.ts";

export interface Inspection {
  readonly signature: string;
  readonly documentation: string;
  readonly tags: string;
}

export function inspect(service: ts.LanguageService, file: string, position: number): Inspection | undefined {
  const info =
    service.getQuickInfoAtPosition(file, position) ??
    service.getQuickInfoAtPosition(file, Math.max(0, position - 1)) ??
    calledFunction(service, file, position);
  if (!info) return undefined;
  return {
    signature: withoutAlias(ts.displayPartsToString(info.displayParts)),
    documentation: ts.displayPartsToString(info.documentation),
    tags: (info.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`).join("\n"),
  };
}

/** That a name of an earlier cell is brought in by an import is the kernel's affair. */
function withoutAlias(signature: string): string {
  return signature.replace(/^\(alias\) /, "").replace(/\nimport [\w$]+$/, "");
}

/** Between the parentheses of a call: the function that is called. */
function calledFunction(
  service: ts.LanguageService,
  file: string,
  position: number,
): ts.QuickInfo | undefined {
  const help = service.getSignatureHelpItems(file, position, undefined);
  if (!help) return undefined;
  const text = service.getProgram()?.getSourceFile(file)?.text ?? "";
  const callee = text.lastIndexOf("(", help.applicableSpan.start);
  return callee > 0 ? service.getQuickInfoAtPosition(file, callee - 1) : undefined;
}
