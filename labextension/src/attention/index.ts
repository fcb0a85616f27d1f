/** The viewer of attention weights. */
export { attentionViewer } from "./card.ts";

export const ATTENTION_MIME = "application/vnd.nnsight.attention.v1+json";
