/** Type and syntax errors in the user's terms: a place in the cell, a message, a line with a caret. */
import { ts } from "./typescript.ts";

export interface CellDiagnostic {
  readonly code: number;
  readonly message: string;
  /** Counted from 1, in the cell's own text. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Said of names that existed before the user process ended. */
export type LostNames = ReadonlySet<string>;

export function describe(
  diagnostic: ts.Diagnostic,
  code: string,
  offset: number,
  lost: LostNames,
): CellDiagnostic {
  const start = Math.min(Math.max(0, (diagnostic.start ?? 0) - offset), code.length);
  const before = code.slice(0, start).split("\n");
  return {
    code: diagnostic.code,
    message: reword(diagnostic, lost),
    line: before.length,
    column: before.at(-1)!.length + 1,
    length: Math.max(1, diagnostic.length ?? 1),
  };
}

const assignedToImport = 2632;
const unusedBeforeComma = 2695;
const unknownNames = new Set([2304, 2552, 2503, 18004]);

function reword(diagnostic: ts.Diagnostic, lost: LostNames): string {
  const message = withNamedTypes(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
  const name = /'([^']+)'/.exec(message)?.[1] ?? "";
  if (diagnostic.code === assignedToImport)
    return `Cannot assign to '${name}': it is a constant of an earlier cell. Declare it again with 'let ${name} = …'.`;
  if (diagnostic.code === unusedBeforeComma && standsInBrackets(diagnostic))
    return `${message} Several indices of a tensor are read with \`x.at(0, -1)\` and written with \`x.set([0, -1], value)\`.`;
  if (unknownNames.has(diagnostic.code) && lost.has(name))
    return `${message} It was lost when the user process ended: run the cell that declares it again.`;
  return message;
}

/** The type of a model's module is an intersection of much that nobody needs to read: it has a name in messages. */
const withNamedTypes = (message: string): string =>
  message.replaceAll(/'[^']*\bEdges<(\w+)>[^']*'/g, (_, kind: string) => `'Envoy<${kind}>'`);

/** Whether it is about the first word of an index: after a bracket a comma is an operator only there. */
const standsInBrackets = ({ file, start }: ts.Diagnostic): boolean =>
  /\[\s*$/.test(file?.text.slice(0, start) ?? "");
