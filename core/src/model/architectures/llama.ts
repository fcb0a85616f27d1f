/** Llama 1 to 3 and its kin (SmolLM2, TinyLlama). */
import type { Config } from "./parts/config.ts";
import { DecoderForCausalLM } from "./parts/decoder.ts";
import { designOf } from "./parts/design.ts";

export type LlamaForCausalLM = DecoderForCausalLM;

export const llama = (config: Config): LlamaForCausalLM =>
  new DecoderForCausalLM(designOf("Llama", { max_position_embeddings: 2048, ...config }));
