/** Edits and programs as files. */
export { diffEdits, type Editable, listEdits, loadEdits, saveEdits } from "./edits.ts";
export { loadProgram, recordSession, recordTrace, SavedProgram } from "./programs.ts";
