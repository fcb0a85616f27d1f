/** The viewer of tensors. */
export { tensorViewer } from "./card.ts";

export const TENSOR_MIME = "application/vnd.nnsight.tensor.v1+json";
