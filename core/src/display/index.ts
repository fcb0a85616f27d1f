/** What a tensor shows of itself: a MIME bundle, complete without a kernel. Free of Node and of the rest of the library. */
export { type About, TENSOR_MIME, tensorBundle } from "./bundle.ts";
export {
  GRAPH_MIME,
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
  type GraphPayload,
} from "./graph/payload.ts";
export type { Encoding, Preview, TensorPayload, Tokens, Where } from "./payload.ts";
export type { ColourRange } from "./range.ts";
export type { Statistics } from "./statistics.ts";
