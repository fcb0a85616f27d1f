/** The viewer of next tokens. */
export { nextViewer } from "./card.ts";

export const NEXT_TOKENS_MIME = "application/vnd.nnsight.next-tokens.v1+json";
