/** BERT's head for masked words: a layer of its own, then the words. */
import { activationNamed } from "../../../nn/activation-names.ts";
import { unfilled } from "../../../nn/init.ts";
import type { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { LayerNorm } from "../../../nn/norm.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import { linear } from "./blocks.ts";
import { type Config, numberIn, sizeIn, textIn } from "./config.ts";

export const normOf = (config: Config): LayerNorm =>
  new LayerNorm(sizeIn(config, "hidden_size"), numberIn(config, "layer_norm_eps"));

export class BertPredictionHeadTransform extends Module {
  dense: Linear;
  transform_act_fn: Module;
  LayerNorm: LayerNorm;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    this.dense = linear(hidden, hidden, true);
    this.transform_act_fn = activationNamed(textIn(config, "hidden_act", "gelu"));
    this.LayerNorm = normOf(config);
  }

  forward(x: Tensor): Tensor {
    return this.LayerNorm(this.transform_act_fn(this.dense(x)));
  }
}

export class BertLMPredictionHead extends Module {
  bias: Tensor;
  transform: BertPredictionHeadTransform;
  decoder: Linear;

  constructor(config: Config) {
    super();
    const words = sizeIn(config, "vocab_size");
    this.bias = unfilled([words]);
    this.transform = new BertPredictionHeadTransform(config);
    this.decoder = linear(sizeIn(config, "hidden_size"), words, true);
    this.decoder.bias = this.bias;
  }

  forward(x: Tensor): Tensor {
    return this.decoder(this.transform(x));
  }
}

export class BertOnlyMLMHead extends Module {
  predictions: BertLMPredictionHead;

  constructor(config: Config) {
    super();
    this.predictions = new BertLMPredictionHead(config);
  }

  forward(x: Tensor): Tensor {
    return this.predictions(x);
  }
}
