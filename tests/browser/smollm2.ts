// Cells of a notebook that make what the viewers show out of SmolLM2.

export const loadModel = `import { LanguageModel, ops, show, type Tensor } from "nnsight-ts";
const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct");
const prompt = "When Mary and John went to the store, John gave a drink to";
const tokens = lm.tokenizer.tokens(lm.tokenizer.encode(prompt));`;

/** The weights that a layer gives to each token, out of its queries and keys. */
export const defineWeights = `async function weightsOf(layer: number, text: string): Promise<Tensor> {
  return lm.trace(text, () => {
    const { q_proj, k_proj } = lm.model.layers[layer].self_attn;
    const [cos, sin] = lm.model.rotary_emb.output;
    const heads = (x: Tensor, count: number) =>
      x.unflatten(-1, [count, 64]).transpose(1, 2).rotaryEmbedding(cos, sin);
    const keys = heads(k_proj.output, 3).repeatInterleave(3, 1);
    const scores = heads(q_proj.output, 9).matmul(keys.transpose(-1, -2)).div(8);
    const size = lm.tokenizer.encode(text).length;
    const later = ops.ones([size, size]).triu(1).bool();
    return scores.maskedFill(later, -Infinity).softmax(-1);
  });
}`;
