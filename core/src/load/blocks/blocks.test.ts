import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { golden } from "../../../goldens/files.ts";
import { blockFormats } from "./table.ts";

const goldens: Record<string, { type: number; blocks: string; values: string }> = JSON.parse(
  readFileSync(golden("gguf_blocks.json"), "utf8"),
);

test("every format of the table has its reference values", () => {
  expect(Object.values(blockFormats).map((format) => format.name)).toEqual(
    Object.entries(goldens)
      .sort(([, a], [, b]) => a.type - b.type)
      .map(([name]) => name),
  );
});

test.each(Object.entries(goldens))(
  "%s is read bit for bit as the gguf package reads it",
  (name, { type, blocks, values }) => {
    const format = blockFormats[type]!;
    const bytes = Buffer.from(blocks, "base64");
    const expected = Buffer.from(values, "base64");
    const out = new Float32Array(expected.length / 4);
    format.decode(bytes, out);
    expect(format.name).toBe(name);
    expect((bytes.length / format.bytes) * format.values).toBe(out.length);
    expect(Buffer.from(out.buffer).equals(expected)).toBe(true);
  },
);
