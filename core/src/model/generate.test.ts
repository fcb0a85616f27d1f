/** Generation against transformers on the same weights (goldens/generate.py), and what can be done in its steps. */
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { golden } from "../../goldens/files.ts";
import * as nnsight from "../index.ts";
import { LanguageModel, resetContexts, session, type Tensor } from "../index.ts";

interface Golden {
  readonly prompts: readonly { readonly text: string; readonly ids: number[]; readonly new: number[] }[];
  readonly batch: { readonly texts: string[]; readonly new: number[][] };
  readonly finished: { readonly texts: string[]; readonly new: number[][] };
  readonly zeroed: readonly { readonly step: number; readonly layer: number; readonly new: number[] }[];
}

const reference: Golden = JSON.parse(readFileSync(golden("generate.json"), "utf8"));
const [eiffel] = reference.prompts;
const prompt = eiffel!.text;
const width = eiffel!.ids.length;
let lm: LanguageModel;

beforeAll(async () => {
  lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
});
beforeEach(() => resetContexts());
afterEach(() => vi.restoreAllMocks());

/** What was made after the prompt. */
const newOf = (ids: Tensor, from = width): number[] => (ids.toArray() as number[][])[0]!.slice(from);
const first = (count: number): number[] => eiffel!.new.slice(0, count);

test("greedy, as transformers", async () => {
  const output = await lm.generate(prompt, { maxNewTokens: 50 }, () => lm.generator.output);
  expect(newOf(output, 0)).toEqual([...eiffel!.ids, ...eiffel!.new]);
});

// Step by step is as in one go (below), so that one run on the prompt with its answer tells each step's choice.
test.each(reference.prompts)(
  "each token of 50 as transformers chooses it: $text",
  async ({ text, ids, new: made }) => {
    expect(lm.tokenizer.encode(text)).toEqual(ids);
    const best = await lm.trace([...ids, ...made], () => lm.output.logits.argmax(-1)[0]!);
    expect((best.toArray() as number[]).slice(ids.length - 1, -1)).toEqual(made);
  },
);

describe("batches", () => {
  test("prompts of different length, as transformers", async () => {
    const { texts, new: made } = reference.batch;
    const output = await lm.generate(texts, { maxNewTokens: 12, trace: false });
    const start = output.shape[1]! - 12;
    expect((output.toArray() as number[][]).map((row) => row.slice(start))).toEqual(made);
  });

  test("a row that has ended is filled, the others go on", async () => {
    const { texts, new: made } = reference.finished;
    const output = await lm.generate(texts, { maxNewTokens: 20 }, (tracer) => tracer.result);
    const start = output.shape[1]! - 20;
    expect((output.toArray() as number[][]).map((row) => row.slice(start))).toEqual(made);
  });

  test("invokes see their own rows, in any step", async () => {
    const { texts, new: made } = reference.batch;
    const { ids, last } = await lm.generate({ maxNewTokens: 3 }, (tracer) => {
      using _ = tracer.invoke(texts[0]!);
      const last = tracer.iter([1], () => lm.lm_head.output.at(":", -1).argmax(-1));
      return { ids: lm.generator.output, last: last[0]! };
    });
    expect(newOf(ids)).toEqual(made[0]!.slice(0, 3));
    expect(last.toArray()).toEqual([made[0]![1]]);
  });
});

describe("steps", () => {
  test("named, all, and by next() read the same", async () => {
    const { named, all, byNext } = await lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => {
      const best = (): Tensor => lm.lm_head.output.at(0, -1).argmax(-1);
      const all = tracer.iter.all(best);
      const named = tracer.iter([0, 2], (step) => ({ step, id: best() }));
      const byNext = [0, 1, 2].map((i) => (i ? lm.lm_head.next() : lm.lm_head).output.at(0, -1).argmax(-1));
      return { all, named, byNext };
    });
    expect(all.map((id) => id.item())).toEqual(first(3));
    expect(named.map(({ step, id }) => [step, id.item()])).toEqual([
      [0, first(3)[0]],
      [2, first(3)[2]],
    ]);
    expect(byNext.map((id) => id.item())).toEqual(first(3));
  });

  test.each(reference.zeroed)(
    "layer $layer's MLP zeroed in step $step alone",
    async ({ step, layer, new: made }) => {
      const output = await lm.generate(prompt, { maxNewTokens: 6 }, (tracer) => {
        tracer.iter([step], () => lm.model.layers[layer]!.mlp.output.fill(0));
        return lm.generator.output;
      });
      expect(newOf(output)).toEqual(made);
    },
  );

  test("7-071: a later step sees one token; generating is tracing longer and longer prompts", async () => {
    const hidden = await lm.generate(prompt, { maxNewTokens: 4 }, (tracer) =>
      tracer.iter.all(() => lm.model.layers[20]!.output[0]),
    );
    expect(hidden.map(({ shape }) => shape)).toEqual([
      [1, width, 576],
      [1, 1, 576],
      [1, 1, 576],
      [1, 1, 576],
    ]);
    for (const [step, one] of hidden.entries()) {
      const ids = [...eiffel!.ids, ...first(step)];
      const whole = await lm.trace(ids, () => lm.model.layers[20]!.output[0]);
      const apart = one.at(0, -1).sub(whole.at(0, -1)).abs().max().item();
      expect(Number(apart) / Number(whole.at(0, -1).abs().max().item())).toBeLessThan(1e-4);
    }
  });

  test("a value of one step is used in the next ones", async () => {
    const { inner, sums } = await lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => {
      let before: Tensor | undefined;
      const inner: Tensor[] = [];
      const sums = tracer.iter.all(() => {
        const now = lm.model.layers[3]!.output[0].at(0, -1);
        inner.push(now);
        before = before ? before.add(now) : now;
        return before;
      });
      return { inner, sums };
    });
    const [a, b, c] = inner as [Tensor, Tensor, Tensor];
    expect(sums[2]!.toArray()).toEqual(a.add(b).add(c).toArray());
  });

  test("what one step has made changes the next one", async () => {
    const copied = await lm.generate(prompt, { maxNewTokens: 2 }, (tracer) => {
      const [old] = tracer.iter([0], () => lm.model.norm.output.at(":", "-1:"));
      return tracer.iter([1], () => {
        lm.model.norm.output = old!;
        return lm.lm_head.output.at(0, -1).argmax(-1);
      })[0]!;
    });
    expect(copied.item()).toBe(first(1)[0]);
  });

  test("conditions, lists and log in a step", async () => {
    const seen = await lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => {
      const seen = nnsight.list([] as number[]);
      tracer.iter.all((step) => {
        const id = lm.lm_head.output.at(0, -1).argmax(-1);
        tracer.cond(id.eq(first(2)[1]!), () => seen.append(id.add(step).item()));
      });
      return seen;
    });
    expect(seen).toEqual([first(2)[1]! + 1]);
  });

  test("steps that never come are told, and their values stay unset", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const favourite = reference.prompts[8]!;
    expect(favourite.new.length).toBeLessThan(20);
    const { all, late } = await lm.generate(favourite.text, { maxNewTokens: 20 }, (tracer) => ({
      all: tracer.iter.all((step) =>
        lm.lm_head.output
          .at(0, -1)
          .argmax(-1)
          .add(0 * step),
      ),
      late: tracer.iter([1, 19], () => lm.lm_head.output.at(0, -1).argmax(-1)),
    }));
    expect(all.map((id) => id.item())).toEqual(favourite.new);
    expect(late).toHaveLength(1);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]![0]).toMatch(
      /generate\.test\.ts:\d+:\d+: the generation ended after \d+ tokens, so step 19 never came/,
    );
  });

  test("a step that cannot come, or is changed too late, is refused with a way out", async () => {
    await expect(
      lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => tracer.iter([3], () => 1)),
    ).rejects.toThrow("step 3 never comes: maxNewTokens is 3, so the steps go from 0 to 2.");
    await expect(
      lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => {
        tracer.iter([2], () => lm.model.layers[0]!.output[0].fill(0));
        tracer.iter([1], () => lm.model.layers[0]!.output[0].fill(0));
      }),
    ).rejects.toThrow("belongs to step 1 of the generation, and a later step is written already");
    expect(() => lm.lm_head.next()).toThrow("lm_head.next() goes through the steps of a generation");
  });
});

describe("forms", () => {
  test("a block, and a loop over steps", async () => {
    const best: Tensor[] = [];
    let output!: Tensor;
    {
      await using tracer = lm.generate(prompt, { maxNewTokens: 3 });
      for (const _ of tracer.iter.all()) best.push(lm.lm_head.output.at(0, -1).argmax(-1).save());
      output = lm.generator.output.save();
    }
    expect(best.map((id) => id.item())).toEqual(first(3));
    expect(newOf(output)).toEqual(first(3));
  });

  test("in a session, on what an earlier trace has made", async () => {
    const { ids, steered } = await session(() => {
      const hidden = (
        lm.trace(prompt, () => lm.model.layers[5]!.output[0].at(0, -1)) as never as { lazy: Tensor }
      ).lazy;
      const ids = (
        lm.generate(prompt, { maxNewTokens: 2 }, () => lm.generator.output) as never as { lazy: Tensor }
      ).lazy;
      const steered = (
        lm.generate(prompt, { maxNewTokens: 2 }, (tracer) => {
          tracer.iter.all(() => lm.model.layers[5]!.output[0].add_(hidden.mul(0)));
          return lm.generator.output;
        }) as never as { lazy: Tensor }
      ).lazy;
      return { ids, steered };
    });
    expect(newOf(ids)).toEqual(first(2));
    expect(newOf(steered)).toEqual(first(2));
  });

  test("an edited model generates with its edit", async () => {
    const { step, layer, new: made } = reference.zeroed[0]!;
    expect(step).toBe(0);
    const edited = await lm.edit(() => void lm.model.layers[layer]!.mlp.output.fill(0));
    const all = await lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => {
      tracer.iter.all(() => lm.model.layers[layer]!.mlp.output.fill(0));
      return lm.generator.output;
    });
    const output = await edited.generate(prompt, { maxNewTokens: 3 }, () => edited.generator.output);
    expect(newOf(output)).toEqual(newOf(all));
    expect(newOf(output)[0]).toBe(made[0]);
  });

  test("stop() in a loop over all steps ends the loop, too", async () => {
    const { sums, ids } = await lm.generate(prompt, { maxNewTokens: 5 }, (tracer) => {
      const sums = tracer.iter.all((step) => {
        const sum = lm.model.layers[0]!.output[0].sum();
        if (step === 1) tracer.stop();
        return sum;
      });
      return { sums, ids: lm.generator.output };
    });
    expect(sums.map((sum) => typeof sum.item())).toEqual(["number", "number"]);
    expect(newOf(ids)).toEqual(first(1));
  });

  test("stop() ends it in a step, and keeps what was made", async () => {
    const { output, hidden, late } = await lm.generate(prompt, { maxNewTokens: 5 }, (tracer) => {
      let hidden!: Tensor;
      let late!: Tensor;
      tracer.iter([2], () => {
        hidden = lm.model.layers[0]!.output[0];
        tracer.stop();
        late = lm.model.layers[1]!.output[0];
      });
      return { output: lm.generator.output, hidden, late };
    });
    expect(newOf(output)).toEqual(first(2));
    expect(hidden.shape).toEqual([1, 1, 576]);
    expect(() => late.toArray()).toThrow("Accessing value before it's been set.");
  });
});

describe("choosing", () => {
  test("by seed it is the same each time, and another for another seed", async () => {
    const options = { maxNewTokens: 5, temperature: 1.2, topK: 50, topP: 0.95 };
    const of = async (seed: number) => newOf(await lm.generate(prompt, { ...options, seed, trace: false }));
    const [a, again, other] = [await of(1), await of(1), await of(2)];
    expect(again).toEqual(a);
    expect(other).not.toEqual(a);
  });

  test("the one most likely token is drawn for any seed", async () => {
    const output = await lm.generate(prompt, { maxNewTokens: 4, topK: 1, temperature: 3, trace: false });
    expect(newOf(output)).toEqual(first(4));
  });

  test("stop strings and end tokens", async () => {
    const until = async (options: nnsight.GenerateOptions) =>
      newOf(await lm.generate(prompt, { maxNewTokens: 10, ...options, trace: false }));
    expect(await until({ stopStrings: "\n" })).toEqual(first(eiffel!.new.indexOf(198) + 1));
    expect(await until({ eos: first(3)[2]! })).toEqual(first(3));
  });

  test("options that make no sense are refused", async () => {
    for (const [options, text] of [
      [{ maxNewTokens: 0 }, "maxNewTokens is 0; it must be 1 or more."],
      [{ topP: 0 }, "topP is 0; it must be above 0, and at most 1."],
      [{ max_new_tokens: 3 } as object, "generate knows no option 'max_new_tokens'."],
    ] as const)
      await expect(lm.generate(prompt, options as nnsight.GenerateOptions, () => 1)).rejects.toThrow(text);
  });
});

test("text as it is made", async () => {
  const pieces: string[] = [];
  for await (const text of lm.stream(prompt, { maxNewTokens: 5 })) pieces.push(text);
  expect(pieces.join("")).toBe(lm.tokenizer.decode(first(5)));
  expect(pieces.length).toBeGreaterThan(2);
  for await (const text of lm.stream(prompt, { maxNewTokens: 1000 })) {
    expect(text).toBe(pieces[0]);
    break;
  }
});

test("who reads a stream may be told of the ids, too", async () => {
  const ids: number[] = [];
  let text = "";
  const onToken = ([id]: readonly number[]) => void ids.push(id!);
  for await (const piece of lm.stream(prompt, { maxNewTokens: 3, onToken })) text += piece;
  expect(ids).toEqual(first(3));
  expect(text).toBe(lm.tokenizer.decode(ids));
});

test("without an input it is refused, and nothing stays open", async () => {
  const without = async (): Promise<void> => {
    for await (const _ of lm.stream(undefined as never)) expect.unreachable();
  };
  await expect(without()).rejects.toThrow("the trace has no input");
  await expect(lm.generate({ maxNewTokens: 2 }, () => undefined)).rejects.toThrow("the trace has no input");
  expect(nnsight.openContexts()).toEqual([]);
});

test("the words of a character that takes several tokens come together", async () => {
  const emoji = lm.tokenizer.encode("日本 😀");
  const { textOf } = await import("./stream.ts");
  const text = textOf(lm.tokenizer);
  const pieces = emoji.map((id, i) => text(id, i === emoji.length - 1));
  expect(pieces.join("")).toBe("日本 😀");
  expect(pieces.some((piece) => piece.includes("\uFFFD"))).toBe(false);
});

test("a text that ends it asks for a tokenizer", async () => {
  const model = LanguageModel.random({ model_type: "gpt2", vocab_size: 9, n_embd: 8, n_layer: 1, n_head: 2 });
  await expect(model.generate([1], { stopStrings: "." }, () => 1)).rejects.toThrow("has no tokenizer");
});

describe("every architecture that generates", () => {
  const small = {
    vocab_size: 60,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 4,
    max_position_embeddings: 64,
    initializer_range: 0.4,
    eos_token_id: 99,
  };
  const configs = [
    { model_type: "llama", ...small },
    { model_type: "mistral", ...small, sliding_window: 3 },
    { model_type: "qwen2", ...small },
    { model_type: "qwen3", ...small },
    { model_type: "gemma2", ...small, sliding_window: 3 },
    { model_type: "gemma3_text", ...small, sliding_window: 3, sliding_window_pattern: 2 },
    { model_type: "phi3", ...small },
    { model_type: "gpt2", vocab_size: 60, n_embd: 16, n_layer: 2, n_head: 4, initializer_range: 0.4 },
    { model_type: "gpt_neox", ...small, rotary_pct: 0.5 },
    { model_type: "opt", ...small, ffn_dim: 24 },
  ] as const;

  test.each(configs)("$model_type: step by step as in one go, in a padded batch", async (config) => {
    const model = LanguageModel.random(config as never, { seed: 3 }) as unknown as LanguageModel;
    const prompts = [
      [1, 7, 3, 9, 22],
      [5, 41],
    ];
    const ids = await model.generate(prompts, { maxNewTokens: 6, eos: null, trace: false });
    for (const [row, whole] of prompts.entries()) {
      const text = [...whole];
      for (let i = 0; i < 6; i++) {
        const best = await model.trace(text, () => model.output.logits.at(0, -1).argmax(-1));
        text.push(Number(best.item()));
      }
      expect((ids.toArray() as number[][])[row]!.slice(5), `row ${row}`).toEqual(text.slice(whole.length));
    }
  });

  test("one that does not generate has no generate", () => {
    const model = LanguageModel.random({
      model_type: "bert",
      vocab_size: 50,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 8,
    });
    expect(() => (model as unknown as LanguageModel).generate).toThrow("has no 'generate'");
  });
});
