/** The public list of the compiler. */
export type { Completion, Completions } from "./complete.ts";
export { type CellDiagnostic, excerpt } from "./diagnostics.ts";
export type { ModuleSources } from "./files.ts";
export type { Inspection } from "./inspect.ts";
export type { Completeness } from "./isComplete.ts";
export { type CompiledCell, Notebook, type NotebookOptions } from "./notebook.ts";
export { type Carried, either, type Flow } from "./runtime/index.ts";
