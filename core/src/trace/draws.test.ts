/** Random numbers by the public functions, as PyTorch draws them, at once and in a trace. */
import { expect, test } from "vitest";
import golden from "../../goldens/random.json" with { type: "json" };
import { manualSeed, NNsight, nn, ops, type Tensor, tensor } from "../index.ts";

const bits = ({ data }: Tensor): number[] =>
  data instanceof BigInt64Array
    ? Array.from(data, Number)
    : Array.from(new Int32Array(data.buffer, data.byteOffset, data.length));

const draws: Readonly<Record<string, (n: number, a: number, b: number) => Tensor>> = {
  rand: (n) => ops.rand([n]),
  uniform: (n, a, b) => ops.zeros([n]).uniform_(a, b),
  randn: (n) => ops.randn([n]),
  normal: (n, a, b) => ops.zeros([n]).normal_(a, b),
  randint: (n, a, b) => ops.randint(a, b, [n]),
  randperm: (n) => ops.randperm(n),
};

const known = golden.cases.filter((one) => one.draws.every(({ call }) => call in draws));

test.each(
  known.map(
    (one) => [one.seed, one.draws.map(({ call, args }) => `${call}(${args})`).join(" "), one] as const,
  ),
)("seed %s: %s", (seed, _, one) => {
  manualSeed(BigInt(seed));
  for (const { call, args, bits: expected } of one.draws)
    expect(bits(draws[call]!(...(args as [number, number, number])))).toEqual(expected);
});

test("in a trace they are drawn at the run, anew each time, and the seed makes them the same", async () => {
  const net = new NNsight(new nn.Sequential({ layer: new nn.Linear(2, 3) }));
  const run = () => net.trace(tensor([[1, 2]]), () => net.layer.output.uniform_(2, 3).clone());
  manualSeed(7);
  const first = await run();
  const second = await run();
  manualSeed(7);
  expect(bits(await run())).toEqual(bits(first));
  expect(bits(second)).not.toEqual(bits(first));
  manualSeed(7);
  expect(bits(ops.zeros([1, 3]).uniform_(2, 3))).toEqual(bits(first));
});
