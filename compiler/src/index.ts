/** The public list of the compiler. */
export type { Completion, Completions } from "./complete.ts";
export type { CellDiagnostic } from "./diagnostics.ts";
export type { ModuleSources } from "./files.ts";
export type { Inspection } from "./inspect.ts";
export type { Completeness } from "./isComplete.ts";
export type { Lookup, ValuePath } from "./lookup.ts";
export { type CompiledCell, Notebook, type NotebookOptions } from "./notebook.ts";
export { Project } from "./register/project.ts";
export type { Carried, Flow } from "./runtime/index.ts";
