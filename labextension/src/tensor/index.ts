/** The viewer of tensors. */
export { tensorViewer } from "./card.ts";
