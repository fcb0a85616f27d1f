/** Optimizers, with torch's names. */
export { Adam, type AdamOptions } from "./adam.ts";
export { Optimizer, type Parameter } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
