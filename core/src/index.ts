/** The public list of nnsight-ts, and nothing else. */
import "./display/jupyter.ts";
import "./flow/index.ts";
import "./trace/indexing.ts";

export {
  AttributeError,
  type ErrorCode,
  IndexError,
  KeyError,
  NNsightError,
  RuntimeError,
  ShapeError,
  TypeError,
  ValueError,
} from "./base/errors.ts";
export { type Figure, figure } from "./display/figure/figure.ts";
export type { FigureSpec, Layout, Trace } from "./display/figure/spec.ts";
export { loadNpy, loadTensors, saveNpy, saveTensors } from "./model/files.ts";
export type { Prompt } from "./model/language-intake.ts";
export { LanguageModel, type LoadOptions } from "./model/language-model.ts";
export { NNsight } from "./model/nnsight.ts";
export type { Resolved, TraceOptions } from "./model/run.ts";
export { session } from "./model/session.ts";
export type { Edges, Envoy } from "./model/types.ts";
export * as nn from "./nn/index.ts";
export type { DType } from "./tensor/type.ts";
export { bool, bytearray, bytes, dict, float, int, list, set, str, tuple } from "./trace/builtins.ts";
export { openContexts, resetContexts } from "./trace/contexts.ts";
export { tensor } from "./trace/create.ts";
export { ops } from "./trace/functions.ts";
export { apply, log, manualSeed, save } from "./trace/globals.ts";
export type { Session } from "./trace/session.ts";
export { Tensor } from "./trace/tensor.ts";
export type { Invoke, Tracer } from "./trace/tracer.ts";
export { Value } from "./trace/value.ts";
