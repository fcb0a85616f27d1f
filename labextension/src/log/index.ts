/** The viewer of `nnsight.log`. */
export { logViewer } from "./card.ts";

export const LOG_MIME = "application/vnd.nnsight.log.v1+json";
