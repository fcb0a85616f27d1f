/** The parts of a decoder that the kit works on, whatever the model calls them. */
import { AttributeError, type LanguageModel, type Tensor } from "../index.ts";

/** What a layer is to the kit. */
export interface Layer {
  readonly path: string;
  output: [Tensor];
}

interface Unary {
  (x: Tensor): Tensor;
  input: Tensor;
  output: Tensor;
}

export interface Parts {
  readonly embed: Unary;
  readonly layers: readonly Layer[];
  readonly norm: Unary & { readonly weight: Tensor };
  readonly head: Unary & { readonly weight: Tensor };
}

/** Where they stand, by the name of the module around them. */
const places = {
  model: ["model.embed_tokens", "model.layers", "model.norm", "lm_head"],
  transformer: ["transformer.wte", "transformer.h", "transformer.ln_f", "lm_head"],
  gpt_neox: ["gpt_neox.embed_in", "gpt_neox.layers", "gpt_neox.final_layer_norm", "embed_out"],
} as const;

/** Any decoder, of whichever architecture. */
export type Model = Pick<LanguageModel, "trace" | "tokenizer" | "output" | "get" | "edit">;

/** @throws AttributeError for a model that has other parts */
export function partsOf(model: Model): Parts {
  for (const [name, [embed, layers, norm, head]] of Object.entries(places))
    if (name in (model as object)) {
      const at = (path: string): unknown => model.get(path);
      return {
        embed: at(embed),
        layers: [...(at(layers) as Iterable<Layer>)],
        norm: at(norm),
        head: at(head),
      } as Parts;
    }
  throw new AttributeError(
    "the kit knows decoders with the parts of Llama, GPT-2 or GPT-NeoX; this model has others.",
  );
}

/** A text, or its ids. */
export type Text = string | readonly number[];

export const idsOf = (model: Model, text: Text): readonly number[] =>
  typeof text === "string" ? model.tokenizer.encode(text) : text;

/** A number of a run, from the logits `[batch, position, vocabulary]`. */
export type Metric = (logits: Tensor) => Tensor;

/** How much likelier one token is than another, at the last position of the first row. */
export const logitDifference =
  (answer: number, other: number): Metric =>
  (logits) => {
    const last = logits.at(0, -1);
    return last.at(answer).sub(last.at(other));
  };
