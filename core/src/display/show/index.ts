/** The namespace `show`: data as pictures that answer the mouse in a notebook. */
export { type AttentionView, attention } from "./attention.ts";
export { graph, model } from "./graph.ts";
export { type LogitLensView, logitLens } from "./logit-lens.ts";
export { type NextTokensView, nextTokens } from "./next-tokens.ts";
export type { Words } from "./read.ts";
export type { Shown } from "./shown.ts";
export { type TokensView, tokens } from "./tokens.ts";
