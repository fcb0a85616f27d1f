import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "./decode.ts";
import { capacity, encode } from "./encode.ts";

const there = (values: number[]) =>
  decode({ ...encode(Float64Array.from(values), "float32") } as Parameters<typeof decode>[0]);

test("where there is little room a number keeps four digits", () => {
  const padding = Array<number>(capacity.float32 - 1).fill(0);
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const y = there([x, ...padding])[0]!;
      expect(Math.abs(y - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -16 + 1e-40);
    }),
    { numRuns: 50 },
  );
});

test("the odd values come through", () => {
  const odd = [Number.NaN, Infinity, -Infinity, 0, 3.4028234663852886e38, 50257];
  const kept = there([...odd, ...Array<number>(12_000).fill(1)]);
  expect([...kept.slice(0, 4)]).toEqual(odd.slice(0, 4));
  expect(kept[4]! / odd[4]!).toBeCloseTo(1, 4);
  expect(kept[5]).toBe(50257);
});

test("with room, exact", () => {
  expect(there([0.1, -1043.7])).toEqual(Float32Array.of(0.1, -1043.7));
});
