/** What the hidden states say already: the logit lens, and which part of the model says what. */
import { ops, show, type Tensor } from "../index.ts";
import { type Label, type Labelled, labelled } from "./labelled.ts";
import { biasOf, labelsOf, type Model, partsOf, rangeOf, type Text, tokensOf } from "./parts.ts";

/**
 * The logits that the final norm and head make of every layer's output.
 * @returns `[layer, position, vocabulary]`, of the first row; drawn as a table of the likeliest tokens
 * @see nostalgebraist, "interpreting GPT: the logit lens", 2020
 */
export async function logitLens(
  model: Model,
  prompt: Text,
): Promise<Labelled<{ layer: number[]; position: Label[]; token: number[] }>> {
  const { layers, norm, head } = partsOf(model);
  const each = await model.trace(prompt, () => layers.map((layer) => head(norm(layer.output[0])).at(0)));
  const logits: Tensor = ops.stack(each);
  const tokens = [...tokensOf(model, prompt)];
  const { tokenizer } = model;
  return labelled(
    logits,
    {
      layer: labelsOf(layers),
      position: tokens,
      token: rangeOf(logits.shape[2]!),
    },
    "logit lens",
    tokenizer && (() => show.logitLens(logits, { tokenizer, tokens: tokens.map(String) })),
  );
}

/**
 * Takes the logit difference at the last position apart into what the embedding, each attention and each MLP wrote into the
 * residual stream, with the scale of the final norm held as it was; for RMS norms and layer norms. Biases of the final norm
 * and the head are a part of their own.
 * @returns `[part]`: their sum is the difference, of capped logits before the cap
 * @see Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021; TransformerLens, `logit_attrs`
 */
export async function directLogitAttribution(
  model: Model,
  prompt: Text,
  answer: number,
  other: number,
): Promise<Labelled<{ part: string[] }>> {
  const { layers, norm, head } = partsOf(model);
  const [shift, offset] = [biasOf(norm), biasOf(head)];
  const gain = String(model.config["model_type"]).startsWith("gemma") ? norm.weight.add(1) : norm.weight;
  const towards = head.weight.at(answer).sub(head.weight.at(other));
  const direction = towards.mul(gain);
  // A layer norm takes the mean away first; it is the one with a bias.
  const centred = (x: Tensor): Tensor => (shift ? x.sub(x.mean(-1, { keepdim: true })) : x);
  const values = await model.trace(prompt, () => {
    const last = (x: Tensor): Tensor => x.at(0, -1);
    const final = centred(last(norm.input));
    const made = shift ? last(norm.output).sub(shift) : last(norm.output);
    const ratio = made.mul(final).sum().div(gain.mul(final).mul(final).sum());
    let before = last(layers[0]!.input);
    const written = [before];
    for (const layer of layers) {
      const mlp = last(layer.hook_mlp_out);
      const after = last(layer.output[0]);
      written.push(after.sub(before).sub(mlp), mlp);
      before = after;
    }
    return centred(ops.stack(written)).matmul(direction).mul(ratio);
  });
  const parts = ["embedding", ...layers.flatMap(({ path }) => [`${path}.attention`, `${path}.mlp`])];
  const biases = [shift?.mul(towards).sum(), offset?.at(answer).sub(offset.at(other))].filter(
    (one) => one !== undefined,
  );
  const all = biases.length ? ops.cat([values, ops.stack(biases).sum(0, { keepdim: true })]) : values;
  return labelled(all, { part: biases.length ? [...parts, "biases"] : parts }, "direct logit attribution");
}
