import fc from "fast-check";
import { expect, test } from "vitest";
import { type DType, dtypeNames, kindOf } from "../tensor/dtype.ts";
import type { Data } from "../tensor/host.ts";
import { cast, sizeOf } from "../tensor/host.ts";
import { decode } from "./decode.ts";
import { TENSOR_MIME, tensorBundle } from "./index.ts";
import { MOST_BYTES } from "./json.ts";
import { tensorPayload } from "./payload.ts";

/** Numbers as a dtype; of integers the ones that are none become 0. */
const dataOf = (dtype: DType, values: number[]): Data => {
  const whole = kindOf(dtype) === "int";
  const data = Float64Array.from(values, (x) => (whole && !Number.isFinite(x) ? 0 : x));
  return cast({ dtype: "float64", shape: [data.length], data }, dtype).data;
};

const tensors = fc
  .record({
    dtype: fc.constantFrom(...dtypeNames),
    shape: fc.array(fc.nat(40), { maxLength: 4 }),
    some: fc.array(fc.oneof(fc.float(), fc.constantFrom(0, Number.NaN, Infinity, -Infinity)), {
      minLength: 1,
      maxLength: 50,
    }),
  })
  .filter(({ shape }) => sizeOf(shape) < 50_000)
  .map(({ dtype, shape, some }) => ({
    dtype,
    shape,
    data: dataOf(
      dtype,
      Array.from({ length: sizeOf(shape) }, (_, i) => some[(i * i) % some.length]!),
    ),
  }));

test("never over 64 KB of plain JSON, whatever the tensor and its labels", () => {
  fc.assert(
    fc.property(tensors, fc.string({ unit: "binary", maxLength: 2000 }), (host, word) => {
      const labels = Array<string>(host.shape.at(-1) ?? 0).fill(word);
      const bundle = tensorBundle(host, {
        name: word,
        axes: host.shape.map(() => word),
        tokens: { axis: -1, labels },
        where: { line: word, module: word },
        text: "text",
      });
      const json = JSON.stringify(bundle[TENSOR_MIME]);
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MOST_BYTES);
      expect(JSON.parse(json)).toEqual(bundle[TENSOR_MIME]);
    }),
    { numRuns: 60 },
  );
});

test("a residual stream is kept whole and exactly", () => {
  const host = {
    dtype: "float32" as const,
    shape: [1, 14, 576],
    data: Float32Array.from({ length: 8064 }, Math.sin),
  };
  const { preview, ...rest } = tensorPayload(host, {
    axes: [undefined, "position"],
    tokens: { axis: 1, labels: ["a"] },
  });
  expect(preview).toMatchObject({ rowAxis: 1, colAxis: 2, fixed: [0], pool: [1, 1], encoding: "float32" });
  expect(decode(preview!)).toEqual(host.data);
  expect(rest).toMatchObject({
    bytes: 32256,
    axes: [null, "position", null],
    tokens: { axis: 1, labels: ["a"] },
  });
});

test("large matrices lose detail, not outliers, and no tokens are kept for rows that share a cell", () => {
  const data = new Float32Array(5000 * 576);
  data[1_234_567] = -99.96;
  const { preview, tokens } = tensorPayload(
    { dtype: "float32", shape: [5000, 576], data },
    { tokens: { axis: 0, labels: ["a"] } },
  );
  expect(preview!.pool[0]).toBeGreaterThan(1);
  expect(Math.min(...decode(preview!))).toBeCloseTo(-99.96, 2);
  expect(tokens).toBeUndefined();
});

test("a tensor without values says so", () => {
  expect(tensorPayload({ dtype: "int64", shape: [0, 3], data: new BigInt64Array() }, {})).toMatchObject({
    preview: null,
    statistics: { count: 0, min: null, mean: null },
  });
});

test("token ids are exact", () => {
  const ids = [2427, 5961, 49151, 2 ** 40 + 1];
  const payload = tensorPayload({ dtype: "int64", shape: [1, 4], data: BigInt64Array.from(ids, BigInt) }, {});
  expect([...decode(payload.preview!)]).toEqual(ids);
});
