/** Runs that begin at the first changed position: as a whole run to float tolerance, only where positions are apart. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { distance } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, type Tensor } from "../index.ts";
import { local } from "../model/nnsight.ts";

const sizes = { num_hidden_layers: 4, hidden_size: 16, num_attention_heads: 4, intermediate_size: 24 };
const common = { vocab_size: 40, max_position_embeddings: 32, initializer_range: 0.3 };
const ids = [3, 7, 1, 30, 22, 9, 4, 12];

/** What of a model the tests touch. */
interface Block {
  readonly output: Tensor[];
  readonly mlp: { readonly output: Tensor };
}
interface Model {
  readonly blocks: readonly Block[];
  trace(input: unknown): {
    close(): Promise<void>;
    report(): ReturnType<ReturnType<LanguageModel["trace"]>["report"]>;
  };
  readonly output: { readonly logits: Tensor };
}

const llama = LanguageModel.random({ model_type: "llama", num_key_value_heads: 2, ...sizes, ...common });
const gpt2 = LanguageModel.random({
  model_type: "gpt2",
  n_layer: 4,
  n_embd: 16,
  n_head: 4,
  n_positions: 32,
  vocab_size: 40,
  initializer_range: 0.3,
});
const models: [string, Model][] = [
  ["llama", Object.assign(Object.create(llama), { blocks: [...llama.model.layers] })],
  ["gpt2", Object.assign(Object.create(gpt2), { blocks: [...gpt2.transformer.h] })],
];

beforeEach(() => local.memo.clear());
afterEach(() => Object.assign(CONFIG.APP, { MEMO: true, TAILS: true }));

async function reported(model: Model, input: unknown, body: () => Tensor) {
  const tracer = model.trace(input);
  const out = body().save();
  await tracer.close();
  return { out, pieces: tracer.report().pieces, text: String(tracer.report()) };
}

describe.each(models)("%s", (_, model) => {
  const whole = () => reported(model, ids, () => model.output.logits);
  const edited = (layer: number, position: number, value: number, input: unknown = ids) =>
    reported(model, input, () => {
      model.blocks[layer]!.output[0]!.set([":", position], value);
      return model.output.logits;
    });

  test("after a run and an edit, a second edit runs only from its position on, and the report says so", async () => {
    await whole();
    await edited(1, 5, 0.5);
    const { out, pieces, text } = await edited(1, 5, 2);
    const blocks = pieces.filter(({ piece }) => /[23]$/.test(piece));
    expect(blocks.map(({ by, from }) => `${by} ${from}`)).toEqual(["tail 5", "tail 5"]);
    expect(text).toContain("from position 5");
    CONFIG.APP.MEMO = false;
    expect(distance((await edited(1, 5, 2)).out, out)).toBeLessThan(1e-4);
  });

  test("an edit that changes no bit is seen, and what follows is remembered", async () => {
    const plain = await whole();
    const { out, pieces } = await reported(model, ids, () => {
      const hidden = model.blocks[1]!.output[0]!;
      hidden.set([":", 5], hidden.at(":", 5));
      return model.output.logits;
    });
    expect(pieces.filter(({ by }) => by !== "memo").map(({ same }) => same)).toEqual([true]);
    expect(out.data).toEqual(plain.out.data);
  });

  test("an edit inside a block begins where the block's output first differs", async () => {
    const inside = (value: number) =>
      reported(model, ids, () => {
        model.blocks[1]!.mlp.output.set([":", 6], value);
        return model.output.logits;
      });
    await whole();
    await inside(0.5);
    const { out, pieces } = await inside(2);
    expect(pieces.filter(({ by }) => by === "tail").map(({ from }) => from)).toContain(6);
    CONFIG.APP.MEMO = false;
    expect(distance((await inside(2)).out, out)).toBeLessThan(1e-4);
  });

  const edits = fc.array(
    fc.record({
      layer: fc.nat(3),
      position: fc.integer({ min: -8, max: 7 }),
      value: fc.constantFrom(0, 0.5, 2, 3),
      rows: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 2, maxLength: 6 },
  );
  const inputs = [ids, [ids, ids.map((id) => id + 1)]];

  test("any edits, one after the other: as without the memo, to float tolerance", async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        for (const { layer, position, value, rows } of all) {
          CONFIG.APP.MEMO = true;
          const remembered = await edited(layer, position, value, inputs[rows - 1]);
          CONFIG.APP.MEMO = false;
          const fresh = await edited(layer, position, value, inputs[rows - 1]);
          expect(distance(remembered.out, fresh.out)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("without tails, to the bit", async () => {
    CONFIG.APP.TAILS = false;
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        for (const { layer, position, value, rows } of all) {
          CONFIG.APP.MEMO = true;
          const remembered = await edited(layer, position, value, inputs[rows - 1]);
          expect(remembered.pieces.every(({ by }) => by !== "tail")).toBe(true);
          CONFIG.APP.MEMO = false;
          const fresh = await edited(layer, position, value, inputs[rows - 1]);
          expect(remembered.out.data).toEqual(fresh.out.data);
        }
      }),
      { numRuns: 8 },
    );
  });
});

test("where every position sees every other one, a run begins at the first", async () => {
  const bert = LanguageModel.random({
    model_type: "bert",
    ...sizes,
    ...common,
  }) as unknown as Pick<typeof llama, "trace"> & {
    readonly encoder: { readonly layer: readonly { readonly nnsOutput: Tensor[] }[] };
    readonly output: { readonly last_hidden_state: Tensor };
  };
  const edited = async (value: number) => {
    const tracer = bert.trace(ids);
    bert.encoder.layer[1]!.nnsOutput[0]!.set([":", 5], value);
    const out = bert.output.last_hidden_state.save();
    await tracer.close();
    return { out, by: tracer.report().pieces.map(({ by }) => by) };
  };
  await bert.trace(ids, () => bert.output.last_hidden_state);
  await edited(0.5);
  const { out, by } = await edited(2);
  expect(by).not.toContain("tail");
  CONFIG.APP.MEMO = false;
  expect(out.data).toEqual((await edited(2)).out.data);
});

test("a padded batch, whose attention has a mask, runs whole", async () => {
  const [, model] = models[0]!;
  const batch = (value: number) =>
    reported(model, [ids, ids.slice(2)], () => {
      model.blocks[1]!.output[0]!.set([":", 5], value);
      return model.output.logits;
    });
  await batch(0.5);
  await batch(1);
  const { out, pieces } = await batch(2);
  expect(pieces.filter(({ piece, by }) => /layers/.test(piece) && by === "tail")).toEqual([]);
  CONFIG.APP.MEMO = false;
  expect(distance((await batch(2)).out, out)).toBeLessThan(1e-4);
});
