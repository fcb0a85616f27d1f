/** Whether a text may run as it is, needs more lines, or is wrong. */
import { ts } from "./typescript.ts";

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  /** What the next line should begin with. */
  readonly indent?: string;
}

const unterminatedTemplate = 1160;
const unterminatedComment = 1010;

export function isComplete(code: string): Completeness {
  const { diagnostics = [] } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  // What follows the first error follows from it.
  const [first] = diagnostics;
  if (!first) return { status: "complete" };
  const end = code.trimEnd().length;
  const wantsMore =
    first.start! >= end || first.code === unterminatedTemplate || first.code === unterminatedComment;
  return wantsMore ? { status: "incomplete", indent: indentAfter(code) } : { status: "invalid" };
}

function indentAfter(code: string): string {
  const last = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(last)![0];
  return /[{([]$/.test(last) ? `${indent}  ` : indent;
}
