/** The layers: `nn.Linear`, `nn.Sequential`, …. */
export * from "./activation.ts";
export { ModuleList, Sequential } from "./containers.ts";
export { Embedding } from "./embedding.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { Module } from "./module.ts";
export { LayerNorm, RMSNorm } from "./norm.ts";
