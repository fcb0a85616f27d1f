import { beforeAll, expect, test } from "vitest";
import type { CompareResult, Described } from "./values.ts";

interface Library {
  describe(value: object): Described | undefined;
  compare(values: readonly object[], names: readonly string[]): CompareResult;
}

const libraries: Library[] = [];
let nnsight: typeof import("../../index.ts");
beforeAll(async () => {
  Object.assign(globalThis, { [Symbol.for("nnsight.values")]: libraries, [Symbol.for("nnsight.live")]: [] });
  nnsight = await import("../../index.ts");
});

test("a kernel is told what tensors and models are, without their numbers", async () => {
  const { nn, NNsight, tensor } = nnsight;
  const describe = libraries[0]!.describe;
  expect(describe(tensor([[1, 2, 3]]))).toEqual({
    kind: "tensor",
    dtype: "float32",
    shape: [1, 3],
    bytes: 12,
  });
  const model = new NNsight(new nn.Linear(4, 2));
  const facts = { kind: "model", model: "NNsight", parameters: 10, bytes: 40 };
  expect(describe(model)).toEqual({ ...facts, edits: 0 });
  const edited = (await model.edit(() => {
    model.output = model.output.mul(2);
  })) as object;
  expect(describe(edited)).toEqual({ ...facts, edits: 1 });
});

test("a kernel is told which figures show a tensor", () => {
  const shown = nnsight.tensor([1, 2]);
  const bundle = (shown as unknown as Record<symbol, () => Record<string, { id: string }>>)[
    Symbol.for("Jupyter.display")
  ]!();
  const { id } = bundle["application/vnd.nnsight.tensor.v1+json"]!;
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(libraries[0]!.describe(shown)).toMatchObject({ kind: "tensor", id });
});

test("nothing of a user's object is asked: no trap, no getter", () => {
  const trap = () => {
    throw new Error("asked");
  };
  const watched = new Proxy(
    {},
    { get: trap, has: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
  );
  expect(libraries[0]!.describe(watched)).toBeUndefined();
});

test("two tensors: their difference, how far and where, and one range of colours for both", () => {
  const { tensor } = nnsight;
  const [a, b] = [
    tensor([
      [1, 2],
      [3, Number.NaN],
    ]),
    tensor([
      [1, 2.5],
      [-1, Number.NaN],
    ]),
  ];
  const { first, second, difference, comparison } = libraries[0]!.compare([a, b], ["a", "b"]);
  expect(comparison).toMatchObject({
    largest: 4,
    at: [1, 0],
    mean: 4.5 / 4,
    rms: Math.sqrt(16.25 / 4),
    different: 2,
    count: 4,
  });
  expect(comparison.cosine).toBeCloseTo((1 + 5 - 3) / Math.sqrt(14 * 8.25), 12);
  expect(first.range).toEqual(second.range);
  expect(first.range).toEqual({ lo: -4, hi: 4, palette: "diverging" });
  expect(difference).toMatchObject({ name: "a − b", statistics: { min: -0.5, max: 4, nan: 1 } });
  expect(() => libraries[0]!.compare([a, tensor([1])], ["a", "c"])).toThrow("a is [2, 2] and c is [1]");
});
