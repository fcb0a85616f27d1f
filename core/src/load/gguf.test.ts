import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { ValueError } from "../base/errors.ts";
import { readGguf } from "./gguf.ts";

const whole = readFileSync(golden("tiny.gguf"));

/** The message about a file of these bytes, with FILE for its path. */
async function problemOf(bytes: Uint8Array): Promise<string> {
  const path = join(scratchFolder(), "x.gguf");
  writeFileSync(path, bytes);
  const error = await readGguf(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ValueError);
  return (error as ValueError).message.replaceAll(path, "FILE");
}

test("the header says where every tensor lies", async () => {
  const { tensors, metadata } = await readGguf(golden("tiny.gguf"));
  expect(metadata["general.architecture"]).toBe("llama");
  expect(tensors).toHaveLength(21);
  const ends = tensors.map(({ range }) => range.offset + range.length);
  expect(Math.max(...ends)).toBeLessThanOrEqual(whole.length);
  expect(tensors[0]).toMatchObject({ name: "token_embd.weight", shape: [266, 64], format: { name: "Q8_0" } });
});

test("a file cut short is refused wherever it is cut", async () => {
  const { tensors } = await readGguf(golden("tiny.gguf"));
  const start = Math.min(...tensors.map(({ range }) => range.offset));
  for (const at of [4, 20, 24, 100, 3000, start - 500, start - 1, start, start + 1, whole.length - 4096]) {
    expect(await problemOf(whole.subarray(0, at)), `cut at ${at}`).toMatch(
      /not a usable GGUF file.*Fetch or install it again/,
    );
  }
});

test("messages", async () => {
  const { range } = (await readGguf(golden("tiny.gguf"))).tensors.at(-1)!;
  expect(await problemOf(whole.subarray(0, range.offset))).toMatchInlineSnapshot(
    `"FILE is not a usable GGUF file: it is cut short: 'output.weight' ends at byte 92752, the file at 82112. Fetch or install it again."`,
  );
  expect(await problemOf(Buffer.from("PK\u0003\u0004 a zip file, such as a wheel"))).toMatchInlineSnapshot(
    `"FILE is not a GGUF file: it begins with "PK\\u0003\\u0004", not "GGUF"."`,
  );
  expect(await problemOf(Buffer.from("version https://git-lfs.github.com/spec/v1"))).toMatchInlineSnapshot(
    `"FILE is a Git LFS pointer, not the model. Run \`git lfs pull\` where it was cloned."`,
  );
  expect(await problemOf(Buffer.alloc(0))).toMatchInlineSnapshot(
    `"FILE is not a GGUF file: it begins with "", not "GGUF"."`,
  );
  const unknown = Buffer.from(whole);
  const at = whole.indexOf("token_embd.weight") + "token_embd.weight".length + 4 + 16;
  unknown.writeUInt32LE(16, at);
  expect(await problemOf(unknown)).toMatchInlineSnapshot(
    `"'token_embd.weight' in FILE is packed as IQ2_XXS, which is not read yet. Use a file in F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K or BF16."`,
  );
  const missing = await readGguf("/nowhere/a.gguf").catch((error: Error) => error.message);
  expect(missing).toMatchInlineSnapshot(
    `"the model file /nowhere/a.gguf cannot be opened: there is no such file. Check the path."`,
  );
});
