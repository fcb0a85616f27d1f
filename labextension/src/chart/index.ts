/** The viewer of figures: what `figure({ data, layout })` shows. */
export { chartViewer } from "./card.ts";

export const FIGURE_MIME = "application/vnd.nnsight.figure.v1+json";
