import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import type { Host } from "../tensor/host.ts";
import { openSafetensors } from "./safetensors.ts";
import { layOut, writeSafetensors } from "./safetensors-write.ts";

const small: ReadonlyMap<string, Host> = new Map<string, Host>([
  ["odd", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ["weight", { dtype: "float32", shape: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i / 3) }],
  ["count", { dtype: "int64", shape: [], data: BigInt64Array.of(-(2n ** 62n)) }],
  ["none", { dtype: "float32", shape: [0, 5], data: new Float32Array(0) }],
]);

afterEach(() => void vi.unstubAllEnvs());

test("what is written is read again, and lies where it says", async () => {
  const path = join(scratchFolder(), "a.safetensors");
  await writeSafetensors(path, small, { format: "pt" });
  const read = openSafetensors(path);
  expect(readdirSync(join(path, ".."))).toEqual(["a.safetensors"]);
  expect(new Set(read.keys())).toEqual(new Set(small.keys()));
  const bytes = readFileSync(path);
  for (const [name, { dtype, shape, data }] of small) {
    const host = read.get(name)!;
    expect(host).toMatchObject({ dtype, shape });
    const { offset, length } = host.source!;
    const raw = bytes.subarray(offset, offset + length);
    expect(raw.equals(new Uint8Array(data.buffer))).toBe(true);
    expect(host.data).toEqual(data);
    expect(host.data).toBe(host.data);
  }
});

test("tensors are aligned as far as their lengths allow, without gaps", () => {
  const length = fc.integer({ min: 0, max: 40 });
  const tensor = fc.record({
    dtype: fc.constantFrom("float32", "int64", "bool"),
    shape: fc.array(length, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(tensor, { maxLength: 9 }), (tensors) => {
      const { header, ranges, size } = layOut(
        tensors.map((x, i) => [`t${i}`, x as Pick<Host, "dtype" | "shape">]),
      );
      let end = header.length;
      for (const [i, { offset, length }] of [...ranges.values()].entries()) {
        expect(offset).toBe(end);
        const before = [...ranges.values()].slice(0, i).every((range) => range.length % 64 === 0);
        if (before) expect(offset % 64).toBe(0);
        end = offset + length;
      }
      expect(size).toBe(end);
    }),
  );
});

test("a file behind a symbolic link has its real path, as ONNX Runtime wants it", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "blobs"));
  await writeSafetensors(join(folder, "blobs", "b"), small);
  symlinkSync("blobs/b", join(folder, "model.safetensors"));
  const { source } = openSafetensors(join(folder, "model.safetensors")).get("odd")!;
  expect(source!.path.endsWith(join("blobs", "b"))).toBe(true);
});

test("narrow formats are widened when they are read", () => {
  const goldens = JSON.parse(readFileSync(golden("gguf_blocks.json"), "utf8"));
  for (const format of ["F16", "BF16"]) {
    const data = Buffer.from(goldens[format].blocks, "base64");
    const header = { x: { dtype: format, shape: [data.length / 2], data_offsets: [0, data.length] } };
    const host = openSafetensors(fileOf(header, data)).get("x")!;
    expect(host.dtype).toBe("float32");
    expect(Buffer.from(host.data.buffer).equals(Buffer.from(goldens[format].values, "base64"))).toBe(true);
  }
  const bytes = openSafetensors(
    fileOf({ x: { dtype: "U8", shape: [2], data_offsets: [0, 2] } }, Buffer.of(1, 255)),
  );
  expect(bytes.get("x")!.data).toEqual(BigInt64Array.of(1n, 255n));
});

test("16-bit weights lie as float32 in the cache folder once they are asked for, and others beside them", () => {
  const cache = scratchFolder();
  vi.stubEnv("NNSIGHT_CACHE", cache);
  const header = {
    half: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
    full: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
  };
  const file = fileOf(header, Buffer.of(0x80, 0x3f, 0x00, 0xc0, 0, 0, 0x40, 0x40));
  const weights = openSafetensors(file);
  expect(readdirSync(cache)).toEqual([]);
  const [half, full] = ["half", "full"].map((name) => weights.get(name)!.source!);
  expect(dirname(half!.path)).toBe(dirname(full!.path));
  expect([...new Float32Array(Uint8Array.from(readFileSync(half!.path)).buffer)]).toEqual([1, -2]);
  expect(half).toMatchObject({ offset: 0, length: 8 });
  expect(readFileSync(full!.path).readFloatLE()).toBe(3);
  expect(readdirSync(dirname(half!.path))).toHaveLength(2);
  expect(openSafetensors(file).get("half")!.source).toEqual(half);
});

test("a cache that cannot be written is named with a way out", () => {
  const blocked = join(scratchFolder(), "file");
  writeFileSync(blocked, "");
  vi.stubEnv("NNSIGHT_CACHE", blocked);
  const file = fileOf({ x: { dtype: "F16", shape: [1], data_offsets: [0, 2] } }, Buffer.of(0, 0x3c));
  expect(() => openSafetensors(file).get("x")!.source).toThrow(/ENOTDIR.*set NNSIGHT_CACHE/);
});

test("weights whose file has gone say so", async () => {
  const path = join(scratchFolder(), "a.safetensors");
  await writeSafetensors(path, small);
  const weights = openSafetensors(path);
  truncateSync(path, 8);
  expect(() => weights.get("weight")!.data).toThrow(/the file has become shorter\. Load the model again\./);
  unlinkSync(path);
  expect(() => weights.get("weight")!.data).toThrow(/ENOENT.* Load the model again\./);
});

describe("lying headers", () => {
  const x = (dtype: unknown, shape: unknown, data_offsets: unknown) => ({
    x: { dtype, shape, data_offsets },
  });
  test.each<[string, object, RegExp]>([
    [
      "range beyond the file",
      x("F32", [4], [0, 16]),
      /'x' lies at bytes 0 to 16, but the file has 8 bytes of data/,
    ],
    ["range backwards", x("F32", [2], [8, 0]), /'x' lies at bytes 8 to 0/],
    ["negative offset", x("F32", [2], [-8, 0]), /no proper data_offsets/],
    ["fractional offset", x("F32", [2], [0.5, 8.5]), /no proper data_offsets/],
    ["three offsets", x("F32", [2], [0, 4, 8]), /no proper data_offsets/],
    ["size unlike the shape", x("F32", [1], [0, 8]), /'x' has 8 bytes where F32 of shape \[1\] needs 4/],
    ["shape whose product overflows", x("F32", [2 ** 40, 2 ** 40], [0, 8]), /needs 4\.8/],
    ["negative shape", x("F32", [-2], [0, 8]), /no proper shape/],
    ["shape of text", x("F32", "2", [0, 8]), /no proper shape/],
    ["unknown format", x("F4", [2], [0, 8]), /'x' has the format "F4", which is not one of F32/],
    ["a format of Object's", x("constructor", [2], [0, 8]), /has the format "constructor"/],
    [
      "overlap",
      { ...x("F32", [1], [0, 4]), y: { dtype: "I16", shape: [2], data_offsets: [2, 6] } },
      /'x' and 'y' overlap/,
    ],
    ["no object", { x: 1 }, /'x' is not described by an object/],
    ["a list", [1], /not a JSON object/],
  ])("%s", (_, header, problem) => {
    expect(() => openSafetensors(fileOf(header, Buffer.alloc(8)))).toThrow(problem);
  });

  const raw = (bytes: Buffer) => {
    const path = join(scratchFolder(), "raw.safetensors");
    writeFileSync(path, bytes);
    return path;
  };
  const length = (n: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(n);
    return bytes;
  };
  test.each<[string, Buffer, RegExp]>([
    ["an empty file", Buffer.alloc(0), /it is cut short, with 0 bytes/],
    ["a huge header", length(2n ** 63n), /its header says to have 9223372036854775808 bytes/],
    ["a header beyond the file", length(100n), /a header of 100 bytes in a file of 8/],
    ["a header that is no JSON", Buffer.concat([length(2n), Buffer.from("{x")]), /the header is not JSON/],
  ])("%s", (_, bytes, problem) => {
    expect(() => openSafetensors(raw(bytes))).toThrow(problem);
  });

  test("the error says which file, and what to do", () => {
    expect(() => openSafetensors("/nowhere/model.safetensors")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: /nowhere/model.safetensors is not a usable safetensors file: it cannot be read (ENOENT: no such file or directory, lstat '/nowhere'). Fetch it again.]`,
    );
  });
});

function fileOf(header: object, data: Buffer): string {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(scratchFolder(), "x.safetensors");
  writeFileSync(path, Buffer.concat([length, text, data]));
  return path;
}
