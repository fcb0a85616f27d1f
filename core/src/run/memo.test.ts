/** Results that are remembered: the same bits as without, only for equal pieces on equal values, and bounded. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CONFIG, NNsight, nn, ops, type Tensor, tensor } from "../index.ts";
import { local } from "../model/nnsight.ts";
import { Memo } from "./memo.ts";

class Block extends nn.Module {
  up = new nn.Linear(6, 12);
  down = new nn.Linear(12, 6);
  forward(x: Tensor): [Tensor] {
    return [x.add(this.down(this.up(x).relu()))];
  }
}
class Stream extends nn.Module {
  layers = new nn.ModuleList([new Block(), new Block(), new Block(), new Block()]);
  head = new nn.Linear(6, 3);
  forward(x: Tensor): Tensor {
    let hidden = x;
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.head(hidden);
  }
}
const net = new Stream();
const model = new NNsight(net);
const inputs = [ops.rand([2, 6]), ops.rand([2, 6]), ops.rand([400, 6])];

beforeEach(() => local.memo.clear());
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** One trace with its report: what each piece was, and where it came from. */
async function reported(body: () => Tensor, input = inputs[0]!): Promise<[Tensor, string[]]> {
  const tracer = model.trace(input);
  const out = body().save();
  await tracer.close();
  return [out, tracer.report().pieces.map(({ piece, by }) => `${piece} ${by}`)];
}

const read = () => reported(() => model.output);
const all = (by: string): string[] =>
  ["layers.0", "layers.1", "layers.2", "layers.3", "head"].map((name) => `${name} ${by}`);

test("the same trace again is not run again, and gives the same bits", async () => {
  const [first, before] = await read();
  const [second, after] = await read();
  expect(before).toEqual(all("ran"));
  expect(after).toEqual(all("memo"));
  expect(second.data).toEqual(first.data);
});

test("nothing before the first changed value is run twice", async () => {
  await read();
  const [, pieces] = await reported(() => {
    model.layers[2]!.output[0].mul_(2);
    return model.output;
  });
  expect(pieces).toEqual([
    "layers.0 memo",
    "layers.1 memo",
    "layers.2 memo",
    "mul ran",
    "layers.3 ran",
    "head ran",
  ]);
});

test("large inputs count by identity, also when a user holds what a run made", async () => {
  const [hidden] = await reported(() => model.layers[0]!.output[0], inputs[2]!);
  const patched = () =>
    reported(() => {
      model.layers[1]!.output[0] = hidden;
      return model.output;
    }, inputs[2]!);
  await patched();
  expect((await patched())[1].every((piece) => piece.endsWith("memo"))).toBe(true);
  const [, other] = await reported(() => {
    model.layers[1]!.output[0] = hidden.clone();
    return model.output;
  }, inputs[2]!);
  expect(other.at(-1)).toBe("head ran");
});

test("new weights are other pieces", async () => {
  const [before] = await read();
  net.head.bias = tensor([5, 5, 5]);
  const [after, pieces] = await read();
  expect(pieces).toEqual([...all("memo").slice(0, 4), "head ran"]);
  expect(after.data).not.toEqual(before.data);
});

test("random draws are new each time, and what follows from them", async () => {
  const draw = () =>
    reported(() => {
      model.layers[3]!.output[0] = ops.rand([2, 6]);
      return model.output;
    });
  const [a] = await draw();
  const [b] = await draw();
  expect(a.data).not.toEqual(b.data);
});

test("a user who changes a saved tensor changes nothing that is remembered", async () => {
  const [first] = await read();
  const copy = first.data;
  (first.data as Float32Array).fill(0);
  first.fill(9);
  const [again] = await read();
  expect(again.data).toEqual(copy);
});

test("with the memo and without it, any traces give the same bits", async () => {
  const edit = fc.record({
    layer: fc.nat(3),
    inner: fc.constantFrom("output", "input", "up"),
    how: fc.constantFrom("add", "mul", "set", "none"),
    value: fc.constantFrom(0, 0.5, 2),
    input: fc.nat(2),
  });
  type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;
  const run = ({ layer, inner, how, value, input }: Edit) =>
    model.trace(inputs[input]!, () => {
      const one = model.layers[layer]!;
      const edge = inner === "up" ? one.up.output : inner === "input" ? one.input : one.output[0];
      if (how === "add") edge.add_(value);
      else if (how === "mul") edge.mul_(value);
      else if (how === "set") edge.set([":", 1], value);
      return [edge, model.output];
    });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
      for (const one of edits) {
        CONFIG.APP.MEMO = true;
        const remembered = await run(one);
        CONFIG.APP.MEMO = false;
        const fresh = await run(one);
        for (const [i, value] of fresh.entries()) expect(remembered[i]!.data).toEqual(value.data);
      }
    }),
    { numRuns: 40 },
  );
});

describe("the store", () => {
  const made = (bytes: number) => [{ type: "float32", size: bytes / 4 }] as never;
  test("is bounded by bytes, and lets the least recently used go", () => {
    const memo = new Memo(20_000);
    for (const key of ["a", "b", "c", "d"]) memo.set(key, made(800));
    expect(memo.get("a")).toBeDefined();
    memo.set("e", made(800));
    expect(memo.get("b")).toBeUndefined();
    expect(memo.get("a")).toBeDefined();
    expect(memo.bytes).toBeLessThanOrEqual(20_000);
  });
  test("counts what is set twice once", () => {
    const memo = new Memo(40_000);
    memo.set("a", made(800));
    const { bytes } = memo;
    memo.set("a", made(800));
    expect(memo.bytes).toBe(bytes);
  });
  test("takes nothing that would push out most of the rest", () => {
    const memo = new Memo(4000);
    memo.set("a", made(2000));
    expect(memo.get("a")).toBeUndefined();
  });
});
