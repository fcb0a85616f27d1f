/** The viewer of texts whose tokens are coloured by a value. */
export { tokensViewer } from "./card.ts";

export const TOKENS_MIME = "application/vnd.nnsight.tokens.v1+json";
