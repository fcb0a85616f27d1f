/** The generator draws what PyTorch draws, to the last bit. */
import { describe, expect, test } from "vitest";
import golden from "../../goldens/random.json" with { type: "json" };
import { Generator } from "./random.ts";

type Draw = { call: string; args: number[]; bits: number[] };

const toBits = (data: Float32Array | BigInt64Array): number[] =>
  data instanceof BigInt64Array
    ? Array.from(data, Number)
    : Array.from(new Int32Array(data.buffer, data.byteOffset, data.length));

function draw(generator: Generator, call: string, [n, a, b]: number[]): number[] {
  switch (call) {
    case "rand":
      return toBits(generator.uniform(n!));
    case "uniform":
      return toBits(generator.uniform(n!, a, b));
    case "randn":
      return toBits(generator.normal(n!));
    case "normal":
      return toBits(generator.normal(n!, a, b));
    case "randint":
      return toBits(generator.integers(n!, a!, b!));
    case "randperm":
      return toBits(generator.permutation(n!));
    default:
      return [...toBits(generator.kaimingUniform(a! * n!, n!)), ...toBits(generator.kaimingUniform(a!, n!))];
  }
}

describe("as PyTorch", () => {
  test.each(
    golden.cases.map(({ seed, draws }) => [seed, draws.map(({ call }) => call).join(" "), draws] as const),
  )("seed %s: %s", (seed, _, draws) => {
    const generator = new Generator(BigInt(seed));
    for (const { call, args, bits } of draws as Draw[]) {
      expect(draw(generator, call, args), `${call}(${args})`).toEqual(bits);
    }
  });

  test("the network of the seeds", () => {
    const generator = new Generator(423);
    const weights = [
      [50, 5],
      [10, 5],
      [100, 10],
      [10, 10],
    ].map(([n, fanIn]) => generator.kaimingUniform(n!, fanIn!));
    expect(weights.map(toBits)).toEqual(golden.network.weights);
    const inputs = [generator.uniform(5), generator.uniform(5)];
    expect(inputs.map(toBits)).toEqual(golden.network.inputs);
    const layer1 = Array.from({ length: 10 }, (_, row) =>
      inputs[0]!.reduce((sum, x, i) => sum + x * weights[0]![row * 5 + i]!, weights[1]![row]!),
    );
    for (const [i, value] of layer1.entries()) expect(value).toBeCloseTo(golden.network.layer1[i]!, 6);
  });
});

test("a seed is a whole number", () => {
  expect(() => new Generator(1.5)).toThrow("manualSeed(1.5): a seed is a whole number");
});
