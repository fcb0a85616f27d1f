/** The viewer of logit lenses. */
export { lensViewer } from "./card.ts";

export const LOGIT_LENS_MIME = "application/vnd.nnsight.logit-lens.v1+json";
