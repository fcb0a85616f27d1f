/** Qwen 2 and 2.5: biases of query, key and value. */
import type { Config } from "./parts/config.ts";
import type { DecoderForCausalLM } from "./parts/decoder.ts";
import { defaults, qwen } from "./parts/qwen.ts";

export const qwen2 = (given: Config): DecoderForCausalLM => {
  const config = { ...defaults, ...given };
  return qwen("Qwen2", config, { biases: { qkv: true, out: false, mlp: false } });
};
