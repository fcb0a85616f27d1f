/** The public list of nnsight-ts, and nothing else. */
import "./display/graph/picture.ts";
import "./display/jupyter.ts";
import "./display/report/picture.ts";
import "./flow/index.ts";
import "./load/settings-file.ts";
import "./trace/dynamic.ts";
import "./trace/indexing.ts";
import "./trace/tensor-members.ts";

export { CONFIG, type Config } from "./base/config.ts";
export {
  AttributeError,
  type ErrorCode,
  IndexError,
  KeyError,
  NNsightError,
  RemoteError,
  RuntimeError,
  ShapeError,
  TypeError,
  ValueError,
} from "./base/errors.ts";
export { remoteLogger } from "./base/remote-logger.ts";
export { type Figure, figure } from "./display/figure/figure.ts";
export type { FigureSpec, Layout, Trace } from "./display/figure/spec.ts";
export type { Picture } from "./display/graph/picture.ts";
export * as show from "./display/show/index.ts";
export type { Generation } from "./generate/generation.ts";
export type { GenerateOptions } from "./generate/options.ts";
export type { StepIteration, Steps } from "./generate/steps.ts";
export type { Rename } from "./model/aliases.ts";
export type { Check, CheckReport } from "./model/check.ts";
export type { Exported } from "./model/export.ts";
export { loadNpy, loadTensors, saveNpy, saveTensors } from "./model/files.ts";
export type { Job, RemoteOptions } from "./model/hosted.ts";
export type { Prompt } from "./model/language-intake.ts";
export { LanguageModel, type LoadOptions } from "./model/language-model.ts";
export { type LoadFileOptions, NNsight } from "./model/nnsight.ts";
export type { TraceOptions } from "./model/run.ts";
export { session } from "./model/session.ts";
export type { Operation, Source } from "./model/source-types.ts";
export { type Cell, type Grid, type Sweep, type SweepOptions, sweep } from "./model/sweep.ts";
export type { AnyEnvoy, Edges, Envoy } from "./model/types.ts";
export type { View, Views } from "./model/views.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export { job } from "./remote/backend.ts";
export {
  diffEdits,
  listEdits,
  loadEdits,
  loadProgram,
  recordSession,
  recordTrace,
  type SavedProgram,
  saveEdits,
} from "./saved/index.ts";
export type { DType } from "./tensor/type.ts";
export {
  bool,
  bytearray,
  bytes,
  complex,
  dict,
  float,
  int,
  list,
  set,
  str,
  tuple,
} from "./trace/builtins.ts";
export type { Cache, Cached, CachedSteps, CacheOptions, StepCache } from "./trace/cache.ts";
export type { Complex } from "./trace/complex.ts";
export { openContexts, resetContexts } from "./trace/contexts.ts";
export { tensor } from "./trace/create.ts";
export type { Dynamic } from "./trace/dynamic.ts";
export type { Estimate } from "./trace/estimate.ts";
export { ops } from "./trace/functions.ts";
export { apply, log, manualSeed, save } from "./trace/globals.ts";
export type { Invoke } from "./trace/invoke.ts";
export type { Resolved } from "./trace/resolved.ts";
export type { Scalar } from "./trace/scalar.ts";
export type { Items, Iteration } from "./trace/sequence.ts";
export type { Session } from "./trace/session.ts";
export { Tensor } from "./trace/tensor.ts";
export type { Tracer } from "./trace/tracer.ts";
export { Value } from "./trace/value.ts";
