/** `nnsight-ts/kit`: small experiments on the public API, each with the work that it follows. */
export { integratedGradients } from "./gradients.ts";
export { attentionPattern, type HeadScores, headScores } from "./heads.ts";
export { type Attribution, directLogitAttribution, logitLens } from "./lens.ts";
export { logitDifference, type Metric, type Model, type Parts, partsOf, type Text } from "./parts.ts";
export { activationPatching, attributionPatching, type PatchMap } from "./patching.ts";
export { ablate, decode, encode, type SAE, splice, steer, steeringVector } from "./steering.ts";
