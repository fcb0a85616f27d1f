/** The namespace `show`: data as pictures that answer the mouse in a notebook. */
export { type AttentionView, attention } from "./attention.ts";
export type { Shown } from "./shown.ts";
