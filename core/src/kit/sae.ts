/** Sparse autoencoders: read from files, put into a trace, with what they do not explain kept. */
import { loadTensors, type Tensor, ValueError } from "../index.ts";

/** relu((x − b_dec) · W_enc + b_enc) · W_dec + b_dec. */
export interface SAE {
  /** `[hidden, features]`. */
  readonly W_enc: Tensor;
  /** `[features]`. */
  readonly b_enc: Tensor;
  /** `[features, hidden]`. */
  readonly W_dec: Tensor;
  /** `[hidden]`. */
  readonly b_dec: Tensor;
  /** Of a JumpReLU: below it a feature is 0, `[features]`. */
  readonly threshold?: Tensor;
  /** How many features are kept at each place, the largest; all without it. */
  readonly k?: number;
  /** Whether `b_dec` is taken off the input first. Default true. */
  readonly centred?: boolean;
}

/**
 * An autoencoder from a safetensors file, with the names of SAELens (`W_enc`, `W_dec`) or of EleutherAI's sparsify
 * (`encoder.weight`, `W_dec`). A `threshold` in it makes a JumpReLU.
 * @param options what its `cfg.json` says: `apply_b_dec_to_input` is `centred`, `k` the features that are kept
 * @throws ValueError for a file without these tensors, or whose sizes do not fit together
 */
export async function loadSAE(path: string, options: Pick<SAE, "k" | "centred"> = {}): Promise<SAE> {
  const held = await loadTensors(path);
  const first = (...names: readonly string[]): Tensor | undefined =>
    names.flatMap((name) => held[name] ?? [])[0];
  const turned = (name: string): Tensor | undefined => held[name]?.transpose(0, 1);
  const need = (one: Tensor | undefined, name: string): Tensor => {
    if (one) return one;
    throw new ValueError(
      `${path} has no '${name}', so it is no sparse autoencoder that the kit reads. It has ${Object.keys(held).slice(0, 12).join(", ")}.`,
    );
  };
  const W_dec = need(first("W_dec") ?? turned("decoder.weight"), "W_dec");
  const W_enc = need(first("W_enc") ?? turned("encoder.weight"), "W_enc");
  const sae: SAE = {
    W_enc,
    b_enc: need(first("b_enc", "encoder.bias"), "b_enc"),
    W_dec,
    b_dec: need(first("b_dec", "decoder.bias"), "b_dec"),
    ...(held["threshold"] && { threshold: held["threshold"] }),
    ...options,
  };
  const [hidden, features] = W_enc.shape;
  const fits =
    [sae.b_enc.shape, W_dec.shape, sae.b_dec.shape].join(" ") ===
    [[features], [features, hidden], [hidden]].join(" ");
  if (fits) return sae;
  throw new ValueError(
    `the tensors of ${path} do not fit together: W_enc [${W_enc.shape}], b_enc [${sae.b_enc.shape}], W_dec [${W_dec.shape}], b_dec [${sae.b_dec.shape}].`,
  );
}

/** The features of values `[…, hidden]`: `[…, features]`. */
export function encode({ W_enc, b_enc, b_dec, threshold, k, centred = true }: SAE, x: Tensor): Tensor {
  const scores = (centred ? x.sub(b_dec) : x).matmul(W_enc).add(b_enc);
  const active = threshold ? scores.mul(scores.gt(threshold).to("float32")) : scores.relu();
  if (k === undefined) return active;
  const { values } = active.topk(k, -1);
  return active.mul(active.ge(values.min(-1, { keepdim: true }).values).to("float32"));
}

/** What features `[…, features]` stand for: `[…, hidden]`. */
export const decode = ({ W_dec, b_dec }: SAE, features: Tensor): Tensor => features.matmul(W_dec).add(b_dec);

/**
 * Puts an autoencoder into a value of a trace: what it does not explain is added back, so that only changes of features are felt.
 * @param change of the features `[…, features]`
 * @see Marks et al., "Sparse Feature Circuits", 2024
 */
export function splice(x: Tensor, sae: SAE, change: (features: Tensor) => Tensor): Tensor {
  const features = encode(sae, x);
  return x.add(decode(sae, change(features)).sub(decode(sae, features)));
}
