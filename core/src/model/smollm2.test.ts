/** The real model against transformers on the same file (goldens/smollm2.py). */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { LanguageModel, type Tensor } from "../index.ts";

interface Places {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}
interface Golden {
  readonly prompts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly top5: readonly number[];
    readonly logits: {
      readonly places: Places;
      readonly values: readonly number[];
      readonly sums: readonly number[];
    };
    readonly places: Places;
    readonly layers: readonly { readonly norms: readonly number[]; readonly values: readonly number[] }[];
    readonly norm: { readonly norms: readonly number[]; readonly values: readonly number[] };
  }[];
  readonly zeroed: {
    readonly text: string;
    readonly tokens: readonly number[];
    readonly runs: readonly {
      readonly layer: number;
      readonly what: "layer" | "mlp";
      readonly position: number | null;
      readonly top1: number | null;
      readonly values: readonly number[];
    }[];
  };
  readonly padded: {
    readonly texts: readonly string[];
    readonly tokens: readonly number[];
    readonly rows: readonly { readonly top1: number; readonly values: readonly number[] }[];
  };
}

const reference: Golden = JSON.parse(readFileSync(golden("smollm2.json"), "utf8"));
let lm: LanguageModel;

beforeAll(async () => {
  lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", {
    dispatch: true,
    progress: () => {},
  });
});

/** The values of a `[1, position, size]` tensor at places. */
function valuesAt(x: Tensor, { rows, columns }: Places): number[] {
  const { data } = x;
  const size = x.shape.at(-1)!;
  return rows.map((row, i) => Number(data[row * size + columns[i]!]));
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(reference.prompts)("$text", (prompt) => {
  let run: { logits: Tensor; layers: Tensor[]; norm: Tensor };

  beforeAll(async () => {
    run = await lm.trace(prompt.text, () => ({
      logits: lm.output.logits,
      layers: lm.model.layers.map((layer) => layer.output[0]),
      norm: lm.model.norm.output,
    }));
  });

  test("the ids are the reference tokenizer's", () => {
    expect(lm.tokenizer.encode(prompt.text)).toEqual(prompt.ids);
  });

  test("logits within 5e-4, and the same five best", () => {
    expect(run.logits.shape).toEqual([1, prompt.ids.length, 49152]);
    expect(largest(valuesAt(run.logits, prompt.logits.places), prompt.logits.values)).toBeLessThan(5e-4);
    expect(run.logits.at(0, -1).topk(5).indices.toArray()).toEqual(prompt.top5);
    const sums = run.logits.sum(-1).toArray() as number[][];
    for (const [i, sum] of prompt.logits.sums.entries())
      expect(Math.abs(sums[0]![i]! - sum)).toBeLessThan(49152 * 5e-5);
  });

  test("every layer within 1e-4 of its position's size", () => {
    for (const [i, layer] of [...prompt.layers, prompt.norm].entries()) {
      const made = valuesAt(i < prompt.layers.length ? run.layers[i]! : run.norm, prompt.places);
      for (const [k, value] of layer.values.entries()) {
        const scale = layer.norms[prompt.places.rows[k]!]! / Math.sqrt(576);
        expect(Math.abs(made[k]! - value) / scale, `layer ${i}, place ${k}`).toBeLessThan(1e-4);
      }
    }
  });
});

// What a zeroed position leaves is small, and the norms after it enlarge differences of rounding with it: 1e-3 here.
test.each(reference.zeroed.runs)(
  "$what $layer zeroed at position $position",
  async ({ layer, what, position, top1, values }) => {
    const logits = await lm.trace(reference.zeroed.text, () => {
      const block = lm.model.layers[layer]!;
      const edge = what === "mlp" ? block.mlp.output : block.output[0];
      if (position === null) edge.fill(0);
      else edge.set([":", position], 0);
      return lm.output.logits.at(0, -1);
    });
    expect(
      largest(
        reference.zeroed.tokens.map((token) => Number(logits.data[token])),
        values,
      ),
    ).toBeLessThan(1e-3);
    if (top1 !== null) expect(logits.argmax(-1).item()).toBe(top1);
  },
);

test("rows of a padded batch give what each prompt gives alone", async () => {
  const { texts, tokens, rows } = reference.padded;
  const together = await lm.trace((tracer) =>
    texts.map((text) => tracer.invoke(text, () => lm.output.logits.at(0, -1))),
  );
  for (const [i, row] of rows.entries()) {
    const alone = await lm.trace(texts[i]!, () => lm.output.logits.at(0, -1));
    expect(together[i]!.argmax(-1).item()).toBe(row.top1);
    expect(
      largest(
        tokens.map((token) => Number(together[i]!.data[token])),
        row.values,
      ),
    ).toBeLessThan(5e-4);
    expect(together[i]!.sub(alone).abs().max().item()).toBeLessThan(5e-4);
  }
});

test("Paris", async () => {
  const next = await lm.trace("The Eiffel Tower is in the city of", () =>
    lm.lm_head.output.at(0, -1).argmax(-1),
  );
  expect(lm.tokenizer.decode(next)).toBe(" Paris");
});

test("a prompt that is empty, too long, or of unknown ids is refused with a way out", async () => {
  await expect(lm.trace("", () => lm.output.logits)).rejects.toThrow("the prompt is empty");
  await expect(lm.trace([], () => lm.output.logits)).rejects.toThrow("the list of prompts is empty");
  await expect(lm.trace(Array(8193).fill(1), () => lm.output.logits)).rejects.toThrow(
    "the prompt has 8193 tokens, and the model knows 8192 positions",
  );
  await expect(lm.trace([49152], () => lm.output.logits)).rejects.toThrow("ids go from 0 to 49151");
});

test("in 4 bits, as its file has most weights: the same next token at 200 positions", async () => {
  const few = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", {
    dtype: "q4",
    progress: () => {},
  });
  const text = reference.prompts.map(({ text }) => text).join(" ");
  const ids = lm.tokenizer.encode(text.repeat(20)).slice(0, 200);
  const [made, exact] = [
    await few.trace(ids, () => few.output.logits.argmax(-1)),
    await lm.trace(ids, () => lm.output.logits.argmax(-1)),
  ];
  expect(exact.shape).toEqual([1, 200]);
  expect(Number(made.eq(exact).float().mean().item())).toBeGreaterThanOrEqual(0.95);
});
