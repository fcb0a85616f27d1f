import { crc32 as crcOfZlib, inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "./checksum.ts";
import { deflate } from "./deflate.ts";
import { TENSOR_MIME, tensorBundle } from "./index.ts";

test("zlib reads what we fold", () => {
  const runs = fc.array(fc.record({ byte: fc.nat(255), times: fc.nat(700) }), { maxLength: 20 });
  fc.assert(
    fc.property(runs, (parts) => {
      const bytes = Uint8Array.from(parts.flatMap(({ byte, times }) => Array<number>(times).fill(byte)));
      expect(new Uint8Array(inflateSync(deflate(bytes)))).toEqual(bytes);
    }),
  );
});

test("a run costs two bytes in 258", () => {
  expect(deflate(new Uint8Array(258_000)).length).toBeLessThan(1_700);
});

test("checksums as zlib's", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) & 255);
  expect(crc32(bytes)).toBe(crcOfZlib(bytes));
});

test("a picture of 14 by 576 is 576 by 224 pixels and small", () => {
  const data = Float32Array.from({ length: 14 * 576 }, (_, i) => Math.sin(i * i));
  const bundle = tensorBundle({ dtype: "float32", shape: [14, 576], data }, { text: "" });
  const png = Buffer.from(bundle["image/png"] as string, "base64");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([576, 224]);
  expect(png.length).toBeLessThan(12_000);
});

test("scalars and empty tensors have no picture", () => {
  const scalar = tensorBundle({ dtype: "bool", shape: [], data: Uint8Array.of(1) }, { text: "tensor(true)" });
  expect(Object.keys(scalar)).toEqual([TENSOR_MIME, "text/plain"]);
  const empty = tensorBundle(
    { dtype: "float32", shape: [0], data: new Float32Array() },
    { text: "tensor([])" },
  );
  expect(Object.keys(empty)).toEqual([TENSOR_MIME, "text/plain"]);
});
