/** Names that are the same for every architecture, beside its own: `lm.layers[i].attn`, and TransformerLens's in `lm.get`. */
import { ModuleList } from "../nn/containers.ts";
import type { Module } from "../nn/module.ts";
import { type Aliases, leads } from "./aliases.ts";

/** Where each thing is in the architectures: the first path that is there holds. A new architecture adds its own. */
const inModel: Readonly<Record<string, readonly string[]>> = {
  layers: [
    "model.layers",
    "transformer.h",
    "gpt_neox.layers",
    "model.decoder.layers",
    "bert.encoder.layer",
    "vit.encoder.layer",
    "encoder.layer",
    "encoder.block",
  ],
  embed: [
    "model.embed_tokens",
    "transformer.wte",
    "gpt_neox.embed_in",
    "model.decoder.embed_tokens",
    "bert.embeddings.word_embeddings",
    "embeddings.word_embeddings",
    "vit.embeddings",
    "embeddings",
    "shared",
  ],
  norm: [
    "model.norm",
    "transformer.ln_f",
    "gpt_neox.final_layer_norm",
    "model.decoder.final_layer_norm",
    "vit.layernorm",
    "layernorm",
    "encoder.final_layer_norm",
  ],
  head: ["lm_head", "embed_out", "cls", "classifier"],
};

const inLayer: Readonly<Record<string, readonly string[]>> = {
  attn: ["self_attn", "attention", "layer.0.SelfAttention"],
  mlp: ["layer.1.DenseReluDense"],
};

/** TransformerLens's name of a value, and where it is by the names above. */
const lens: readonly (readonly [RegExp, string])[] = [
  [/^hook_embed$/, "embed.output"],
  [/^blocks\.(\d+)\.(?:hook_)?resid_pre$/, "layers.$1.input"],
  [/^blocks\.(\d+)\.(?:hook_)?resid_post$/, "layers.$1.hook_resid_post"],
  [/^blocks\.(\d+)\.(?:attn\.|mlp\.)?(hook_\w+)$/, "layers.$1.$2"],
  [/^blocks\.(\d+)\.(attn_out|mlp_out|resid_mid)$/, "layers.$1.hook_$2"],
  [/^ln_final\.hook_normalized$/, "norm.output"],
  [/^blocks\b/, "layers"],
  [/^unembed\b/, "head"],
];

const perHead = ["q", "k", "v", "scores", "pattern", "z"];

/** The place that a name means where no module has it: `pattern` is `hook_pattern`. */
export function placeNamed(name: string): string | undefined {
  if (name.startsWith("hook_")) return name;
  if (name === "scores") return "hook_attn_scores";
  return perHead.includes(name) ? `hook_${name}` : undefined;
}

/** A path with TransformerLens's names as one with those of every architecture. */
export function translated(path: string): string {
  const found = lens.find(([name]) => name.test(path));
  return found ? path.replace(...found) : path;
}

/** For the model and each of its layers, the names that it does not have itself. */
export function standardNames(root: Module): Aliases {
  const names = new Map([[root, placesIn(root, inModel)]]);
  const path = names.get(root)!.get("layers");
  const layers = path?.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), root);
  if (layers instanceof ModuleList)
    for (const layer of layers) {
      const own = placesIn(layer, inLayer);
      // Where a submodule is called so, the layer has a place of this name.
      if (!("output" in layer)) own.set("hook_resid_post", "output.0");
      names.set(layer, own);
    }
  return names;
}

const placesIn = (module: Module, names: typeof inModel): Map<string, string> =>
  new Map(
    Object.entries(names).flatMap(([name, paths]) => {
      const path = name in module ? undefined : paths.find((one) => leads(module, one));
      return path === undefined ? [] : [[name, path] as const];
    }),
  );
