/** Qwen 3: norms of query and key in each head. */
import type { Config } from "./parts/config.ts";
import type { DecoderForCausalLM } from "./parts/decoder.ts";
import { defaults, qwen } from "./parts/qwen.ts";

export const qwen3 = (given: Config): DecoderForCausalLM =>
  qwen("Qwen3", { ...defaults, head_dim: 128, ...given }, { headNorms: "positions first" });
