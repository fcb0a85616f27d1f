/** Tensors, lists and masks between the brackets, in a trace as outside it. */
import "../../../tests/core/every-program.ts";
import { expect, test } from "vitest";
import { manualSeed, NNsight, nn, ops, type Tensor, tensor } from "../index.ts";

manualSeed(1);

const net = new NNsight(new nn.Sequential({ a: new nn.Linear(3, 4), b: new nn.Linear(4, 4) }));
const input = ops.rand([5, 3]);

test("a stretch between the brackets, read and written, here and in a trace", async () => {
  const x = ops.arange(6).reshape([3, 2]);
  expect(x["1:"]!.toArray()).toEqual([
    [2, 3],
    [4, 5],
  ]);
  expect(x["::2"]!.at(1).toArray()).toEqual([4, 5]);
  const written = x.clone();
  written["0:2"] = ops.zeros([2, 2]);
  expect(written.toArray()).toEqual([
    [0, 0],
    [0, 0],
    [4, 5],
  ]);
  const [made, part] = await net.trace(input, () => {
    net.a.output["1:3"] = ops.ones([2, 4]);
    return [net.a.output, net.a.output["1:3"]] as const;
  });
  expect(part.toArray()).toEqual(ops.ones([2, 4]).toArray());
  expect(made.at("1:3").toArray()).toEqual(part.toArray());
});

/** The same reads of a tensor. */
const reads = (x: Tensor) => {
  const top = x.argmax(-1);
  return [
    x.at([0, 2]),
    x.at(":", [1, -1]),
    x.at(top, 0),
    x.at([0, 1, 2, 3, 4], top),
    x.at(0, x.at(0).argmax()),
    x.at(x.gt(0)),
    x.at(":", x.at(0).gt(-9)),
    x.at(tensor([true, false, true, false, true]), "1:3"),
    x.maskedSelect(x.lt(0)),
    x.nonzero(),
    x.at(x.gt(0)).sum(),
  ];
};

/** The same writes into a copy. */
const writes = (x: Tensor) => {
  const made = Array.from({ length: 6 }, () => x.clone());
  made[0]!.set([[0, 2]], 7);
  made[1]!.set([x.gt(0)], 0);
  made[2]!.set([":", x.at(0).argmax()], -1);
  made[3]!.at([1, 3]).fill(5);
  made[4]!.at([0, 1], [2, 3]).mul_(10);
  made[5]!.set([x.lt(0)], x.at(x.lt(0)).neg());
  return made;
};

test("a trace gives what runs at once give", async () => {
  const alone = await net.trace(input, () => net.a.output);
  const traced = await net.trace(input, () => [...reads(net.a.output), ...writes(net.a.output)]);
  const expected = [...reads(alone), ...writes(alone)];
  expect(traced.map((x) => [x.dtype, x.shape])).toEqual(expected.map((x) => [x.dtype, x.shape]));
  for (const [i, x] of traced.entries()) expect(x.allclose(expected[i]!).item(), `${i}`).toBe(true);
});

test("a write by mask reaches the module's edge", async () => {
  const [before, after] = await net.trace(input, () => {
    const before = net.a.output.clone();
    net.a.output.at(net.a.output.lt(0)).fill(0);
    return [before, net.b.output];
  });
  expect(after!.shape).toEqual([5, 4]);
  const again = await net.trace(input, () => {
    net.a.output = net.a.output.relu();
    return net.b.output;
  });
  expect(before!.lt(0).any().item()).toBe(true);
  expect(after!.allclose(again).item()).toBe(true);
});

test("dtypes in a trace", async () => {
  for (const dtype of [
    "float64",
    "float16",
    "bfloat16",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
  ] as const) {
    const [x, y, z] = await net.trace(input, () => {
      const x = net.a.output.mul(10).to(dtype);
      return [x, dtype === "bool" ? x.float() : x.add(x), x.at(0, [1, 2])];
    });
    expect([x!.dtype, z!.dtype]).toEqual([dtype, dtype]);
    expect(y!.toArray()).toEqual((dtype === "bool" ? x!.float() : x!.add(x!)).toArray());
    expect(z!.toArray()).toEqual(x!.at(0, [1, 2]).toArray());
  }
});

test("an index that is rebound later does not move a region", () => {
  const x = ops.zeros(3);
  const at = tensor([0n]);
  const region = x.at(at);
  at.add_(1);
  region.fill(5);
  expect(x.toArray()).toEqual([5, 0, 0]);
});
