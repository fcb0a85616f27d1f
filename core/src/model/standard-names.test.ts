/** The names that every architecture has: each leads to the module of its own name. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { LanguageModel, type Tensor } from "../index.ts";
import type { ModelType } from "./architectures/table.ts";

const {
  configs,
  long,
}: {
  readonly configs: Readonly<Record<string, { readonly model_type: ModelType }>>;
  readonly long: readonly number[];
} = JSON.parse(readFileSync(golden("architectures.json"), "utf8"));

test.each(Object.entries(configs))("%s", (_, config) => {
  const lm = LanguageModel.random(config) as unknown as LanguageModel;
  expect(lm.layers.length).toBeGreaterThan(1);
  for (const layer of lm.layers) expect(layer.attn.path.startsWith(layer.path)).toBe(true);
  expect(lm.embed.path).toMatch(/embed|wte|shared/);
  expect(String(lm)).not.toMatch(/^ {2}\(layers\)|, attn\)/m);
});

test("TransformerLens's names are values at edges", async () => {
  const lm = LanguageModel.random({ ...configs["gpt2"]!, model_type: "gpt2" });
  const names = ["resid_pre", "resid_post", "attn_out", "mlp_out"].map((name) => `blocks.1.hook_${name}`);
  const [theirs, own] = await lm.trace(long, () => {
    const block = lm.transformer.h[1]!;
    return [
      [...names, "hook_embed", "ln_final.hook_normalized"].map((name) => lm.get(name) as unknown as Tensor),
      [
        block.input,
        block.output[0],
        block.attn.output[0],
        block.mlp.output,
        lm.transformer.wte.output,
        lm.norm.output,
      ],
    ] as const;
  });
  for (const [i, value] of theirs.entries()) expect(value.toArray()).toEqual(own[i]!.toArray());
  expect(lm.get("blocks.0.attn").path).toBe("transformer.h.0.attn");
});

test("a name of the architecture's own goes first", () => {
  const lm = LanguageModel.random({ ...configs["gpt2"]!, model_type: "gpt2" });
  expect(lm.layers[0]!.attn.path).toBe("transformer.h.0.attn");
  expect(() => lm.get("layers.0.attnn")).toThrow("has no 'attnn'");
});
