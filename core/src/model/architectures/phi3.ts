/** Phi-3: Llama with fused projections, a window and, for long contexts, scaled positions. */
import { activationNamed } from "../../nn/activation-names.ts";
import { type Kept, kept, type PerHead, splitHeads } from "../../nn/attention.ts";
import { Dropout } from "../../nn/dropout.ts";
import type { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { place } from "../../nn/places.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { attendRotary, linear, type Setting } from "./parts/blocks.ts";
import type { Config } from "./parts/config.ts";
import { DecoderForCausalLM } from "./parts/decoder.ts";
import { type Design, designOf, windowsIn } from "./parts/design.ts";

export class Phi3MLP extends Module {
  gate_up_proj: Linear;
  down_proj: Linear;
  activation_fn: Module;

  constructor({ hidden, intermediate, activation }: Design) {
    super();
    this.gate_up_proj = linear(hidden, 2 * intermediate);
    this.down_proj = linear(intermediate, hidden);
    this.activation_fn = activationNamed(activation);
  }

  forward(x: Tensor): Tensor {
    const [gate, up] = this.gate_up_proj(x).chunk(2, -1) as Tensor[];
    const [pre, linear] = [place("hook_pre", gate!), place("hook_pre_linear", up!)];
    return this.down_proj(place("hook_post", linear.mul(this.activation_fn(pre))));
  }
}

export interface Phi3Attention extends PerHead {
  (x: Tensor, setting: Setting): Kept;
}

export class Phi3Attention extends Module {
  qkv_proj: Linear;
  o_proj: Linear;
  readonly #design: Design;

  constructor(design: Design) {
    super();
    const { hidden, heads, keyHeads, headDim } = design;
    this.#design = design;
    this.qkv_proj = linear(hidden, (heads + 2 * keyHeads) * headDim);
    this.o_proj = linear(heads * headDim, hidden);
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, setting: Setting): Kept {
    const { heads, keyHeads, headDim } = this.#design;
    const counts = [heads, keyHeads, keyHeads];
    const parts = this.qkv_proj(x).split(
      counts.map((count) => count * headDim),
      -1,
    ) as Tensor[];
    const split = splitHeads(parts, [heads, keyHeads], headDim);
    const [attended, now] = attendRotary(this.#design, split, setting);
    return kept(setting.past_key_value, this.o_proj(attended), now);
  }
}

export interface Phi3DecoderLayer {
  (x: Tensor, setting: Setting): Kept;
}

export class Phi3DecoderLayer extends Module {
  self_attn: Phi3Attention;
  mlp: Phi3MLP;
  input_layernorm: Module;
  post_attention_layernorm: Module;
  resid_attn_dropout = new Dropout(0);
  resid_mlp_dropout = new Dropout(0);

  constructor(design: Design) {
    super();
    this.self_attn = new Phi3Attention(design);
    this.mlp = new Phi3MLP(design);
    this.input_layernorm = design.norm(design.hidden);
    this.post_attention_layernorm = design.norm(design.hidden);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): Kept {
    const [attended, now] = this.self_attn(this.input_layernorm(x), setting);
    const middle = place("hook_resid_mid", x.add(place("hook_attn_out", this.resid_attn_dropout(attended))));
    const made = this.resid_mlp_dropout(this.mlp(this.post_attention_layernorm(middle)));
    return kept(setting.past_key_value, middle.add(place("hook_mlp_out", made)), now);
  }
}

const defaults = {
  vocab_size: 32_064,
  hidden_size: 3072,
  intermediate_size: 8192,
  max_position_embeddings: 4096,
  original_max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
};

export function phi3(given: Config): DecoderForCausalLM<Phi3DecoderLayer> {
  const config = { ...defaults, ...given };
  return new DecoderForCausalLM(
    designOf("Phi3", config, { windows: windowsIn(config, () => true) }),
    Phi3DecoderLayer,
  );
}
