/** A model with its norms folded into what follows, and with centred weights: as an edit, which other traces do not see. */
import { AttributeError, type LanguageModel, ops, type Tensor } from "../index.ts";
import { biasOf, partsOf } from "./parts.ts";

interface Linear {
  input: Tensor;
  output: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor | null;
}

type Norm = Linear & { readonly size: number; readonly eps: number };

/** Which norm of a layer is read by which linear layers: the first that are all there. A new architecture adds its own. */
const readers: Readonly<Record<string, readonly (readonly string[])[]>> = {
  input_layernorm: [
    ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    ["self_attn.qkv_proj"],
    ["attention.query_key_value"],
  ],
  post_attention_layernorm: [["mlp.gate_proj", "mlp.up_proj"], ["mlp.gate_up_proj"], ["mlp.dense_h_to_4h"]],
  ln_1: [["attn.c_attn"]],
  ln_2: [["mlp.c_fc"]],
};

/** What a path within a module leads to, if it does. */
const within = (module: object, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (at, name) => (at && name in (at as object) ? Reflect.get(at as object, name) : undefined),
      module,
    );

export interface Folding {
  /** What each norm multiplies and adds goes into the weights that read it. Default true. */
  readonly norms?: boolean;
  /** What attentions and MLPs write loses its mean over features, which a layer norm takes away in any case. Default: for layer norms. */
  readonly writing?: boolean;
  /** Logits lose their mean over the vocabulary, which changes no probability. Default false. */
  readonly unembedding?: boolean;
}

/**
 * A copy of the model, as an edit, in which norms only normalise: `norm.output` has neither gain nor bias, and the linear
 * layers after it give what the weights `foldedInto(linear, norm)` give. Its logits are the same to float tolerance. No
 * weight is copied.
 * @throws AttributeError for a layer whose norms are not known, or centred writing of a model with RMS norms
 * @see TransformerLens, `process_weights_`: `fold_ln`, `center_writing_weights`, `center_unembed`
 */
export function folded(
  model: LanguageModel,
  { norms = true, writing, unembedding = false }: Folding = {},
): Promise<LanguageModel> {
  const { layers, norm, head } = partsOf(model) as unknown as {
    layers: readonly (Readonly<Record<string, Norm>> & { readonly path: string; input: Tensor })[];
    norm: Norm;
    head: Linear;
  };
  const hasMean = biasOf(norm) !== undefined;
  const centre = writing ?? hasMean;
  if (centre && !hasMean)
    throw new AttributeError(
      "a model with RMS norms keeps the mean of what is written: fold it without `writing`.",
    );
  const pairs = layers.flatMap((layer) =>
    Object.entries(readers).flatMap(([name, known]) => {
      if (!(name in layer)) return [];
      const found = known.map((paths) => paths.map((path) => within(layer, path)));
      const linears = found.find((all) => all.every(Boolean)) as readonly Linear[] | undefined;
      return linears ? [{ norm: layer[name]!, linears }] : [];
    }),
  );
  if (pairs.length < 2 * layers.length || String(model.config["model_type"]).startsWith("gemma"))
    throw new AttributeError(
      `the kit does not know which weights read the norms of '${layers[0]?.path}': fold them with foldedInto(linear, norm).`,
    );
  const all = [...pairs, { norm, linears: [head] }];
  const centred = (x: Tensor): Tensor => x.sub(x.mean(-1, { keepdim: true }));
  return model.edit(() => {
    if (centre) {
      layers[0]!.input = centred(layers[0]!.input);
      for (const { attn, mlp } of partsOf(model).layers) {
        attn.output[0] = centred(attn.output[0]);
        mlp.output = centred(mlp.output);
      }
    }
    for (const { norm: own, linears } of norms ? all : []) {
      own.output = hasMean
        ? ops.layerNorm(own.input, own.size, null, null, own.eps)
        : ops.rmsNorm(own.input, own.size, null, own.eps);
      for (const linear of linears) linear.output = applied(linear, rescaled(linear.input, own));
    }
    if (unembedding) head.output = centred(head.output);
  });
}

/** A weight `[in, out]` and a bias `[out]`. */
export interface Folded {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

/**
 * The weight and bias of a linear layer that take in the gain and the bias of the norm before it.
 * @see TransformerLens, `fold_layer_norm`
 */
export function foldedInto(
  linear: { readonly weight: Tensor; readonly bias?: Tensor | null },
  norm: { readonly weight: Tensor; readonly bias?: Tensor | null },
): Folded {
  const turned = isTurned(linear) ? linear.weight : linear.weight.transpose(0, 1);
  const [own, added] = [biasOf(linear), biasOf(norm)?.matmul(turned)];
  const bias = own && added ? own.add(added) : (own ?? added);
  return { weight: norm.weight.unsqueeze(-1).mul(turned), ...(bias && { bias }) };
}

/** GPT-2's are `[in, out]` already, by the class that Hugging Face calls Conv1D. */
const isTurned = (linear: object): boolean => String(linear).startsWith("Conv1D");

/** Not by a call of the module, which would pack its weights once more. */
function applied(linear: Linear, x: Tensor): Tensor {
  const bias = biasOf(linear);
  if (!isTurned(linear)) return ops.linear(x, linear.weight, bias);
  const made = x.matmul(linear.weight);
  return bias ? made.add(bias) : made;
}

/** What a norm has only normalised, with its gain and bias: under the weights as they are the same as it is under folded ones. */
function rescaled(x: Tensor, norm: Norm): Tensor {
  const [gained, bias] = [x.mul(norm.weight), biasOf(norm)];
  return bias ? gained.add(bias) : gained;
}
