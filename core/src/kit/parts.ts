/** The parts of a decoder that the kit works on, whatever the model calls them. */
import {
  AttributeError,
  IndexError,
  type LanguageModel,
  type Tensor,
  TypeError,
  ValueError,
} from "../index.ts";
import type { Label } from "./labelled.ts";

interface Unary {
  (x: Tensor): Tensor;
  input: Tensor;
  output: Tensor;
  readonly path: string;
}

type Weighted = Unary & { readonly weight: Tensor; readonly bias?: Tensor | null };

/** What a module adds, if it adds something: an envoy is asked for no name that it has not. */
export const biasOf = (module: { readonly bias?: Tensor | null }): Tensor | undefined =>
  "bias" in module ? (module.bias ?? undefined) : undefined;

/** What a layer is to the kit. */
export interface Layer {
  readonly path: string;
  input: Tensor;
  output: [Tensor];
  readonly attn: { readonly path: string; output: [Tensor] };
  readonly mlp: Unary;
  /** What the MLP adds to the residual stream: in some models its output after one more norm. */
  readonly hook_mlp_out: Tensor;
}

export interface Parts {
  readonly embed: Unary;
  readonly layers: readonly Layer[];
  readonly norm: Weighted;
  readonly head: Weighted;
}

/** Any decoder, of whichever architecture. */
export type Model = Pick<LanguageModel, "trace" | "tokenizer" | "output" | "get" | "edit" | "config">;

/** @throws AttributeError for a model that has other parts, or an encoder beside them */
export function partsOf(model: Model): Parts {
  if ("encoder" in model && "decoder" in model)
    throw new AttributeError(
      "the kit works on models that are a decoder alone; this one has an encoder, too, and a head that reads only its decoder.",
    );
  const at = (path: string): unknown => {
    try {
      return model.get(path);
    } catch (cause) {
      throw new AttributeError(
        `the kit works on decoders that have an embedding, layers, a last norm and a head; this model has no '${path}'.`,
        { cause },
      );
    }
  };
  return {
    embed: at("embed"),
    layers: [...(at("layers") as Iterable<Layer>)],
    norm: at("norm"),
    head: at("head"),
  } as Parts;
}

/** One layer; negative numbers count from the last one. @throws IndexError for one that is not there */
export function layerOf(model: Model, layer: number): Layer {
  const { layers } = partsOf(model);
  const found = layers.at(layer);
  if (found && Number.isInteger(layer)) return found;
  throw new IndexError(
    `the model has ${layers.length} layers: there is no ${layer} (use ${-layers.length} to ${layers.length - 1}).`,
  );
}

/** What makes the attention's output of its heads: its input is `[batch, position, heads · size]`. */
export function outOf(model: Model, layer: Layer): Unary {
  const name = ["o_proj", "c_proj", "dense", "out_proj"].find((one) => one in layer.attn);
  if (name) return model.get(`${layer.attn.path}.${name}`) as unknown as Unary;
  throw new AttributeError(`the kit does not know where the heads of '${layer.attn.path}' are put together.`);
}

/** How many heads a layer has. @throws ValueError for a config that does not tell */
export function headsOf({ config }: Model): number {
  const { num_attention_heads, n_head } = config as Record<string, number>;
  const count = num_attention_heads ?? n_head;
  if (count) return count;
  throw new ValueError("the config of this model does not tell how many heads it has.");
}

/** The places of a list, which are their labels. */
export const labelsOf = (things: readonly unknown[]): number[] => rangeOf(things.length);

/** 0, 1, … */
export const rangeOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The places of a map over layers and heads. */
export const headLabels = (
  layers: readonly unknown[],
  heads: number,
): { layer: number[]; head: number[] } => ({
  layer: labelsOf(layers),
  head: rangeOf(heads),
});

/** A text, or its ids. */
export type Text = string | readonly number[];

/** @throws TypeError for a text, of a model that has no tokenizer */
export function idsOf({ tokenizer }: Model, text: Text): readonly number[] {
  if (typeof text !== "string") return text;
  if (tokenizer) return tokenizer.encode(text);
  throw new TypeError("this model has no tokenizer that can be read: give token ids instead of text.");
}

/** A label for each position of a prompt: its token. */
export const tokensOf = (model: Model, text: Text): readonly Label[] => {
  const ids = idsOf(model, text);
  return model.tokenizer ? model.tokenizer.tokens(ids) : ids.map(String);
};

/** The ids of the second prompt. @throws ValueError when the two have not as many tokens */
export function requireAlike(model: Model, clean: Text, corrupted: Text): readonly number[] {
  const [a, b] = [idsOf(model, clean), idsOf(model, corrupted)];
  if (a.length === b.length) return b;
  throw new ValueError(
    `the clean prompt has ${a.length} tokens and the corrupted one ${b.length}: choose words of as many tokens.`,
  );
}

/** A number of a run, from the logits `[batch, position, vocabulary]`. */
export type Metric = (logits: Tensor) => Tensor;

/** How much likelier one token is than another, at the last position of the first row. */
export const logitDifference =
  (answer: number, other: number): Metric =>
  (logits) => {
    const last = logits.at(0, -1);
    return last.at(answer).sub(last.at(other));
  };
