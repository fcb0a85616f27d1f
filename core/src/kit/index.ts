/** `nnsight-ts/kit`: small experiments on the public API, each with the work that it follows. */
export { type Folded, type Folding, folded, foldedInto } from "./folding.ts";
export { integratedGradients } from "./gradients.ts";
export { attentionPattern, type HeadScores, headScores } from "./heads.ts";
export { type Label, type Labelled, type Labels, labelled, largest, type Place } from "./labelled.ts";
export { directLogitAttribution, logitLens } from "./lens.ts";
export { logitDifference, type Metric, type Model, type Parts, partsOf, type Text } from "./parts.ts";
export {
  activationPatching,
  attributionPatching,
  type HeadMap,
  headPatching,
  type PatchMap,
} from "./patching.ts";
export { pathPatching, type Receivers } from "./paths.ts";
export { logisticProbe, type Probe, type ProbeOptions, ridgeProbe } from "./probes.ts";
export { decode, encode, loadSAE, type SAE, splice } from "./sae.ts";
export { type Ablation, ablate, ablations, steer, steeringVector } from "./steering.ts";
