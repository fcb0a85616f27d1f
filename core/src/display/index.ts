/** What a tensor shows of itself: a MIME bundle, complete without a kernel. Free of Node and of the rest of the library. */
export type { HeadMeasures } from "./attention/measures.ts";
export type { AttentionPayload } from "./attention/payload.ts";
export type { AttentionPreview } from "./attention/preview.ts";
export { type About, TENSOR_MIME, tensorBundle } from "./bundle.ts";
export type { FigurePayload } from "./figure/payload.ts";
export type { FlowBody, FlowPayload, FlowStep } from "./flow/payload.ts";
export {
  GRAPH_MIME,
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
  type GraphPayload,
} from "./graph/payload.ts";
export { JOB_MIME, type Job } from "./job/job.ts";
export type { Axes, Rect } from "./live/plane.ts";
export {
  type Answer,
  LIVE_TARGET,
  type LiveReply,
  type LiveRequest,
  MOST_REPLY_BYTES,
} from "./live/protocol.ts";
export type {
  AboutResult,
  CellEncoding,
  CellsResult,
  MontageResult,
  ShowQuery,
  SliceResult,
  TensorQuery,
  Wanted,
} from "./live/queries.ts";
export type { Reduction } from "./live/reduce.ts";
export type {
  CompareResult,
  Comparison,
  Described,
  HeldValue,
  ListResult,
  ValuesQuery,
} from "./live/values.ts";
export type { LinesQuery, LinesResult, LogLine, LogPart, LogPayload, LogTensor } from "./log/line.ts";
export type { ModuleRow, ModulesPayload, ModuleWeight, WeightQuery } from "./modules/payload.ts";
export type { Encoding, Preview, TensorPayload, Tokens, Where } from "./payload.ts";
export type { ColourRange } from "./range.ts";
export type { Statistics } from "./statistics.ts";
export type { LogitLensPayload } from "./text/logit-lens.ts";
export type { NextToken, NextTokensPayload } from "./text/next-tokens.ts";
export type { TokensPayload } from "./text/tokens.ts";
