/** What products made on the way there is taken over on the way back: with the gradients of computing it again. */
import "../../../tests/core/every-program.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Compiled } from "../compile/compiled.ts";
import { CONFIG, LanguageModel, sweep, type Tensor } from "../index.ts";
import { local } from "../model/nnsight.ts";

const ids = [3, 7, 1, 30, 22, 9, 4, 12];
const others = [5, 2, 11, 30, 8, 9, 17, 1];
const common = { vocab_size: 40, max_position_embeddings: 32, initializer_range: 0.05 };
const fresh = {
  llama: () => {
    const lm = LanguageModel.random({
      model_type: "llama",
      num_hidden_layers: 5,
      hidden_size: 64,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      intermediate_size: 24,
      ...common,
    });
    const { layers, embed_tokens } = lm.model as unknown as { layers: Block[]; embed_tokens: Embedding };
    return { lm, blocks: layers, embed: embed_tokens, products: 6 };
  },
  gpt2: () => {
    const sizes = { n_layer: 5, n_embd: 64, n_head: 4, n_positions: 32 };
    const lm = LanguageModel.random({ model_type: "gpt2", ...sizes, ...common });
    const { h, wte } = lm.transformer as unknown as { h: Block[]; wte: Embedding };
    return { lm, blocks: h, embed: wte, products: 3 };
  },
};
interface Block {
  readonly output: Tensor[];
}
interface Embedding {
  readonly output: Tensor;
}

const { run } = local.sessions;
const { free } = local.room;
let ran: Compiled[] = [];
beforeEach(() => {
  ran = [];
  local.sessions.run = (compiled, ...rest) => {
    ran.push(compiled);
    return run.call(local.sessions, compiled, ...rest);
  };
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  local.sessions.run = run;
  local.room.free = free;
  local.memo.clear();
  CONFIG.APP.MEMO = true;
});

/** The largest difference, as a part of the largest value. */
const distance = (a: Tensor, b: Tensor): number =>
  (a.sub(b).abs().max().item() as number) / (b.abs().max().item() as number);

/** Matrix products in what ran, but for the untouched parts of the model. */
const productsRun = (): number =>
  ran
    .filter(({ lasting }) => !lasting)
    .flatMap(({ graph }) => graph.nodes)
    .filter(({ operator }) => operator.endsWith("MatMul")).length;

describe.each(["llama", "gpt2"] as const)("%s", (kind) => {
  const { lm, blocks, embed, products } = fresh[kind]();
  const slopes = (prompt = ids, answer = 5): PromiseLike<Tensor[]> =>
    lm.trace(prompt, () => {
      lm.output.logits.at(0, -1, answer).backward();
      return [embed.output.grad, ...blocks.map((block) => block.output[0]!.grad)];
    });
  /** Where there is no room to keep anything. */
  const again = async (prompt?: number[], answer?: number): Promise<Tensor[]> => {
    local.room.free = 0;
    const made = await slopes(prompt, answer);
    local.room.free = free;
    return made;
  };

  test("gradients are the same, and no product is computed twice", async () => {
    const made = await slopes();
    const few = productsRun();
    ran = [];
    const expected = await again();
    expect(productsRun() - few).toBe(products * blocks.length);
    for (const [i, one] of made.entries()) expect(distance(one, expected[i]!)).toBeLessThan(1e-5);
  });

  test("where there is room for some blocks, these are kept and the others computed again", async () => {
    const expected = await slopes();
    const least = productsRun();
    local.room.free = free;
    ran = [];
    await again();
    const most = productsRun();
    const bytes = await keptAtOnce(() => slopes());
    ran = [];
    local.room.free = bytes / 2;
    const made = await slopes();
    expect(productsRun()).toBeGreaterThan(least);
    expect(productsRun()).toBeLessThan(most);
    for (const [i, one] of made.entries()) expect(distance(one, expected[i]!)).toBeLessThan(1e-5);
  });

  test("the room is free again when a run has ended, with an error, too", async () => {
    expect(await keptAtOnce(() => slopes())).toBeGreaterThan(0);
    expect(local.room.free).toBe(free);
    local.sessions.run = async (compiled, ...rest) => {
      if (!compiled.lasting) throw new Error("no way back");
      return run.call(local.sessions, compiled, ...rest);
    };
    await expect(slopes()).rejects.toThrow("no way back");
    expect(local.room.free).toBe(free);
  });

  test("what is remembered of a run without gradients serves, and with them nothing runs twice", async () => {
    const expected = await slopes();
    CONFIG.APP.MEMO = true;
    const before = await lm.trace(ids, () => lm.output.logits);
    const made = await slopes();
    ran = [];
    const other = await slopes(ids, 6);
    expect(ran.every(({ lasting }) => !lasting)).toBe(true);
    ran = [];
    const twice = await slopes();
    expect(ran).toEqual([]);
    const after = await lm.trace(ids, () => lm.output.logits);
    expect(after.data).toEqual(before.data);
    CONFIG.APP.MEMO = false;
    const apart = await slopes(ids, 6);
    for (const [i, one] of expected.entries()) {
      expect(made[i]!.data).toEqual(one.data);
      expect(twice[i]!.data).toEqual(one.data);
      expect(other[i]!.data).toEqual(apart[i]!.data);
    }
  });

  test("cells of a sweep have the gradients of each by itself", async () => {
    const prompts = [ids, others];
    const alone = [await slopes(ids), await slopes(others)];
    CONFIG.APP.MEMO = true;
    const cells = await sweep({ prompt: prompts }, async ({ prompt }) => {
      const [first] = await slopes(prompt);
      return first!;
    });
    for (const [i, one] of [...cells.values].entries())
      expect(distance(one!, alone[i]![0]!)).toBeLessThan(1e-5);
  });
});

/** The bytes that are taken while something runs. */
async function keptAtOnce(work: () => PromiseLike<unknown>): Promise<number> {
  const { take } = local.room;
  let sum = 0;
  local.room.take = (bytes) => {
    sum += bytes;
    return take.call(local.room, bytes);
  };
  await work();
  local.room.take = take;
  return sum;
}
