/** Loops whose turns need nothing of each other: they share calls, and what they change comes in their order. */
import { beforeEach, expect, test } from "vitest";
import { printed } from "../../goldens/conformance.ts";
import { smallLlama } from "../../goldens/small.ts";
import * as nnsight from "../index.ts";
import { CONFIG, LanguageModel, type Tensor, type Value } from "../index.ts";
import { local } from "../model/nnsight.ts";
import type { Dynamic } from "../trace/dynamic.ts";

const lm = LanguageModel.random({ ...smallLlama, num_hidden_layers: 4 });
const ids = [3, 1, 4, 1, 5];
const factors = Array.from({ length: 70 }, (_, i) => 1 + i / 8);

beforeEach(() => {
  nnsight.resetContexts();
  local.memo.clear();
  CONFIG.APP.MEMO = true;
});

type Turn = (factor: Dynamic, list: Value<unknown[]>) => unknown;

/** What the turns add to a list, and how many of them at most shared a call. */
async function loop(items: readonly unknown[], turn: Turn): Promise<{ values: unknown[]; shared: number }> {
  const session = lm.session();
  const list = nnsight.list().save();
  session.iter(nnsight.list(items), (item) => void turn(item as Dynamic, list));
  await session.close();
  const shared = Math.max(...session.report().pieces.map((piece) => piece.shared ?? 1));
  return { values: list.value, shared };
}

/** The same without memory, which is one turn after the other. */
async function oneByOne(items: readonly unknown[], turn: Turn): Promise<unknown[]> {
  CONFIG.APP.MEMO = false;
  const { values, shared } = await loop(items, turn);
  expect(shared).toBe(1);
  CONFIG.APP.MEMO = true;
  return values;
}

const numbers = (values: readonly unknown[]): number[] =>
  values.map((one) => (typeof one === "number" ? one : ((one as Tensor).item() as number)));

const steered: Turn = (factor, list) =>
  lm.trace(ids, () => {
    lm.model.layers[1]!.output[0].mul_(factor);
    list.append(lm.lm_head.output.at(0, -1).max());
  });

test("turns that differ in a value are rows of one call, and give what they give one after the other", async () => {
  const { values, shared } = await loop(factors, steered);
  expect(shared).toBe(16);
  const expected = numbers(await oneByOne(factors, steered));
  for (const [i, value] of numbers(values).entries()) expect(value).toBeCloseTo(expected[i]!, 4);
});

test("a turn sees what earlier ones have added to a list, and log lines come in the order of turns", async () => {
  const turn: Turn = (factor, list) => {
    lm.trace(ids, () => {
      lm.model.layers[1]!.output[0].mul_(factor);
      nnsight.log("at", factor, list.length);
      list.append(list.length);
    });
  };
  let values: unknown[] = [];
  const lines = await printed(async () => {
    ({ values } = await loop([1, 2, 3], turn));
  });
  expect(lines).toEqual(["at 1 0", "at 2 1", "at 3 2"]);
  expect(values).toEqual([0, 1, 2]);
});

test("draws come in the order of turns", async () => {
  const turn: Turn = (factor, list) =>
    lm.trace(ids, () => {
      const noise = nnsight.ops.randn([1]);
      list.append(lm.model.layers[0]!.output[0].at(0, 0, 0).mul(factor).mul(0).add(noise.sum()));
    });
  nnsight.manualSeed(5);
  const { values } = await loop([1, 2, 3, 4], turn);
  nnsight.manualSeed(5);
  expect(numbers(values)).toEqual(numbers(await oneByOne([1, 2, 3, 4], turn)));
});

test("when a turn fails, what those before it have added stays, and nothing of those after it", async () => {
  const list: number[] = [];
  const own = (x: unknown): unknown => {
    if (list.length === 2) throw new Error("enough");
    list.push((x as Tensor).item() as number);
    return x;
  };
  const session = lm.session();
  session.iter(nnsight.list([1, 2, 3, 4]), (factor) => {
    lm.trace(ids, () => {
      lm.model.layers[1]!.output[0].mul_(factor);
      nnsight.apply(own, lm.lm_head.output.at(0, -1).max());
    });
  });
  await expect(session.close()).rejects.toThrow("enough");
  expect(list).toHaveLength(2);
});

test("a loop in the cells of a sweep", async () => {
  const made = await nnsight.sweep({ layer: 2 }, async ({ layer }) => {
    const { values } = await loop([1, 2, 3], (factor, list) =>
      lm.trace(ids, () => {
        lm.model.layers[layer]!.output[0].at(":", -1).mul_(factor);
        list.append(lm.lm_head.output.at(0, -1).max());
      }),
    );
    return numbers(values);
  });
  expect(made.values.map((one) => one?.length)).toEqual([3, 3]);
  expect(made.values[0]![0]).toBeCloseTo(made.values[1]![0]!, 5);
});
