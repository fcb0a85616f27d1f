/** The layers: `nn.Linear`, `nn.Sequential`, …. */
export * from "./activation.ts";
export { ModuleList, Sequential } from "./containers.ts";
export { Conv1D, Conv2d, type Conv2dOptions } from "./conv.ts";
export { Dropout } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { Module } from "./module.ts";
export { LayerNorm, RMSNorm } from "./norm.ts";
