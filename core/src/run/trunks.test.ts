/** Untouched blocks run as stretches of one session: with the results of blocks by themselves, whatever is touched between. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CONFIG, LanguageModel, type nn, ops, sweep, type Tensor } from "../index.ts";
import { local } from "../model/nnsight.ts";

const ids = [3, 7, 1, 30, 22, 9, 4, 12];
const common = { vocab_size: 40, max_position_embeddings: 32, initializer_range: 0.05 };
const fresh = {
  llama: () => {
    const lm = LanguageModel.random({
      model_type: "llama",
      num_hidden_layers: 6,
      hidden_size: 256,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      intermediate_size: 24,
      ...common,
    });
    return Object.assign(lm, { blocks: () => lm.model.layers as unknown as Block[] });
  },
  gpt2: () => {
    const sizes = { n_layer: 6, n_embd: 256, n_head: 4, n_positions: 32 };
    const lm = LanguageModel.random({ model_type: "gpt2", ...sizes, ...common });
    return Object.assign(lm, { blocks: () => lm.transformer.h as unknown as Block[] });
  },
};
interface Block {
  readonly output: Tensor[];
  readonly mlp: { readonly output: Tensor };
}

const { run } = local.sessions;
let calls = 0;
beforeEach(() => {
  local.sessions.run = (...args) => {
    calls++;
    return run.apply(local.sessions, args);
  };
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  local.sessions.run = run;
  Object.assign(CONFIG.APP, { MEMO: true, TAILS: true });
});

/** The largest difference, as a part of the largest value. */
const distance = (a: Tensor, b: Tensor): number =>
  (a.sub(b).abs().max().item() as number) / (b.abs().max().item() as number);

describe.each(["llama", "gpt2"] as const)("%s", (kind) => {
  const lm = fresh[kind]();
  const blocks = lm.blocks();
  const read = () => lm.trace(ids, () => [...blocks.map((block) => block.output[0]!), lm.output.logits]);
  /** Each block opened by an edit that changes nothing, so that it is compiled by itself. */
  const opened = () =>
    lm.trace(ids, () => {
      for (const block of blocks) block.mlp.output.mul_(1);
      return [...blocks.map((block) => block.output[0]!), lm.output.logits];
    });
  async function reported(body: () => unknown) {
    const tracer = lm.trace(ids);
    const out = (body() as Tensor).save();
    await tracer.close();
    return { out, report: tracer.report() };
  }

  test("all blocks are one call, and every result is that of the blocks by themselves", async () => {
    await read();
    calls = 0;
    const made = await read();
    expect(calls).toBeLessThanOrEqual(7);
    const apart = await opened();
    for (const [i, one] of made.entries()) expect(distance(one, apart[i]!)).toBeLessThan(5e-5);
  });

  test("a step of a generation is one call for all blocks, with keys and values of their own; tokens are those of blocks by themselves", async () => {
    const options = { maxNewTokens: 5, eos: [] };
    const generate = () => lm.generate(ids, options, () => lm.generator.output);
    await generate();
    calls = 0;
    const made = await generate();
    expect(calls).toBeLessThanOrEqual(5 * 8);
    const apart = await lm.generate(ids, options, (tracer) => {
      tracer.iter.all(() => {
        for (const block of blocks) block.mlp.output.mul_(1);
      });
      return lm.generator.output;
    });
    expect(made.data).toEqual(apart.data);
  });

  test("what is before a touched block and what is after it are a call each; the report says so", async () => {
    const edited = () => {
      blocks[2]!.mlp.output.mul_(2);
      return lm.output.logits;
    };
    const { out, report } = await reported(edited);
    const of = (i: number) => report.pieces.find(({ piece }) => piece.endsWith(`.${i}`))?.stretch;
    expect([0, 1, 3, 4, 5].map(of)).toEqual([2, 2, 3, 3, 3]);
    expect(String(report)).toContain("one call with 2 neighbours");
    const all = await lm.trace(ids, () => {
      for (const [i, block] of blocks.entries()) block.mlp.output.mul_(i === 2 ? 2 : 1);
      return lm.output.logits;
    });
    expect(distance(out, all)).toBeLessThan(5e-5);
  });

  test("reads between blocks do not part them", async () => {
    const rows = () => lm.trace(ids, () => blocks.map((block) => block.output[0]!.at(0, -1).mul(2)));
    await rows();
    calls = 0;
    const made = await rows();
    expect(calls).toBeLessThanOrEqual(6);
    const whole = await read();
    for (const [i, row] of made.entries())
      expect(distance(row, whole[i]!.at(0, -1).mul(2))).toBeLessThan(1e-6);
  });

  test("with the memo every block is remembered by itself, with the same bits", async () => {
    CONFIG.APP.MEMO = true;
    local.memo.clear();
    const made = await read();
    const { out, report } = await reported(() => blocks[3]!.output[0]);
    expect(report.pieces.map(({ by }) => by)).toEqual(report.pieces.map(() => "memo"));
    expect(out.data).toEqual(made[3]!.data);
    CONFIG.APP.MEMO = false;
    const plain = await read();
    for (const [i, one] of made.entries()) expect(one.data).toEqual(plain[i]!.data);
  });

  test("cells of a sweep and tails run in the same session, to float tolerance", async () => {
    const cell = (layer: number, position: number) => () =>
      lm.trace(ids, () => {
        blocks[layer]!.output[0]!.set([":", position], 0.5);
        return lm.output.logits.at(0, -1);
      });
    const plain: Tensor[] = [];
    for (const layer of [0, 3]) for (const position of [2, 6]) plain.push(await cell(layer, position)());
    CONFIG.APP.MEMO = true;
    local.memo.clear();
    await read();
    const { made } = local.sessions;
    const grid = await sweep({ layer: [0, 3], position: [2, 6] }, ({ layer, position }) =>
      cell(layer, position)(),
    );
    expect(distance(ops.stack(grid.values as Tensor[]), ops.stack(plain))).toBeLessThan(5e-5);
    // The edits alone are compiled.
    expect(local.sessions.made - made).toBeLessThanOrEqual(2);
  });

  test("a block with new weights is run by itself until most have new ones", async () => {
    const weights = lm as unknown as Pick<nn.Module, "stateDict" | "loadStateDict">;
    const all = weights.stateDict();
    const own = Object.entries(all).filter(([name]) => /\.(4|5)\.mlp/.test(name));
    const scaled = (factor: number) => {
      const changed = own.map(([name, value]) => [name, value.mul(factor)] as const);
      weights.loadStateDict({ ...all, ...Object.fromEntries(changed) });
    };
    const before = await read();
    scaled(1.5);
    const changed = await read();
    const apart = await opened();
    expect(distance(changed[5]!, before[5]!)).toBeGreaterThan(1e-3);
    expect(distance(changed[3]!, before[3]!)).toBe(0);
    expect(distance(changed[6]!, apart[6]!)).toBeLessThan(5e-5);
    scaled(1);
    expect(distance((await read())[6]!, before[6]!)).toBeLessThan(1e-6);
  });
});
