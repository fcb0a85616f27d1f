/** Reads and writes by index: done without ONNX Runtime, with the values and the errors that it gives. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { distance } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, ops, sweep } from "../index.ts";
import { Builder } from "../ir/builder.ts";
import type { OpNode } from "../ir/node.ts";
import { local } from "../model/nnsight.ts";
import type { OpName } from "../ops/table.ts";
import { movesOf } from "./moves.ts";
import { toHost, toRuntime } from "./values.ts";

const lm = LanguageModel.random({
  model_type: "gpt2",
  n_layer: 3,
  n_embd: 128,
  n_head: 4,
  vocab_size: 40,
  initializer_range: 0.3,
});
const ids = [3, 7, 1, 30, 22, 9, 4, 12, 5];
const others = ids.map((id) => id + 1);
const clean = await lm.trace(others, () => lm.transformer.h.map((block) => block.output[0]));

beforeEach(() => local.memo.clear());

/** Calls of ONNX Runtime while something is done. */
async function callsOf(work: () => PromiseLike<unknown>): Promise<number> {
  const run = vi.spyOn(local.sessions, "run");
  await work();
  const { length } = run.mock.calls;
  run.mockRestore();
  return length;
}

describe("a piece that only reads and writes by index", () => {
  const patched = () =>
    lm.trace(ids, () => {
      lm.transformer.h[1]!.output[0].set([":", "2:5"], clean[1]!.at(":", "2:5"));
      return lm.output.logits.at(0, [0, -1]);
    });

  test("takes no call", async () => {
    const plain = await callsOf(() => lm.trace(ids, () => lm.output.logits));
    local.memo.clear();
    // The chain of blocks is left once, for the edit.
    expect(await callsOf(patched)).toBe(plain + 1);
  });

  test("gives what the layers give on the values that were written by hand", async () => {
    const before = await lm.trace(ids, () => lm.transformer.h[1]!.output[0]);
    const rows = ops.cat([before.at(":", ":2"), clean[1]!.at(":", "2:5"), before.at(":", "5:")], 1);
    const expected = await lm.trace(ids, () => {
      lm.transformer.h[2]!.input = rows;
      return lm.output.logits.at(0, [0, -1]);
    });
    expect(distance(await patched(), expected)).toBeLessThan(1e-5);
  });
});

test("what many cells of a sweep make outside of the model's blocks is made once, so that they stay one run", async () => {
  const grid = { position: 8 };
  const calls = await callsOf(() =>
    sweep(grid, ({ position }) =>
      lm.trace(ids, () => {
        lm.transformer.h[2]!.output[0].set([":", position], clean[2]!.at(":", position));
        return lm.output.logits.at(0, position);
      }),
    ),
  );
  // Embeddings, their sum and three blocks once; the last norm, the head and what reads them once for all.
  expect(calls).toBeLessThan(12);
});

test("cells with the same edit inside of a block do not wait for each other for ever", async () => {
  const made = await sweep({ copy: 3 }, () =>
    lm.trace(ids, () => {
      lm.transformer.h[1]!.mlp.output.mul_(0.5);
      return lm.output.logits.at(0, -1);
    }),
  );
  CONFIG.APP.MEMO = false;
  const alone = await lm.trace(ids, () => {
    lm.transformer.h[1]!.mlp.output.mul_(0.5);
    return lm.output.logits.at(0, -1);
  });
  CONFIG.APP.MEMO = true;
  for (const one of made.values) expect(distance(one!, alone)).toBeLessThan(1e-5);
});

test.each([
  [[":", -1], true],
  [[0, "...", null], true],
  [[":", ":", [1, 0]], false],
  [[":", ":", "::2"], false],
])("a read of all values in their order is no copy: %j", (indices, shares) => {
  const [x] = [{ dtype: "float32", shape: [1, 1, 2], data: Float32Array.of(3, 4) }] as const;
  const builder = new Builder();
  builder.op("getitem" satisfies OpName, [builder.given(x)], { indices });
  const node = builder.nodes[1] as OpNode;
  const [from, to] = [{ type: x }, { type: node.results[0]!.type }];
  const step = { kind: "op", node, inputs: [from], outputs: [to], branches: [] } as const;
  const moves = movesOf({ kind: "graph", steps: [step], inputs: [from], outputs: [to], units: [] })!;
  const [made] = moves.run([toRuntime(x)])!;
  expect(made!.dims).toEqual(node.results[0]!.type.shape);
  expect(toHost(made!).data === x.data).toBe(shares);
});
