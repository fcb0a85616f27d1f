/** What is saved comes back, and Python's readers read it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { ops, tensor } from "../index.ts";
import * as nn from "../nn/index.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { loadNpy, loadTensors, saveNpy, saveTensors } from "./files.ts";
import { NNsight } from "./nnsight.ts";

test.each(dtypeNames)("%s there and back", async (dtype) => {
  const folder = scratchFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), async (shape) => {
      const x = ops.rand(shape).mul(9).to(dtype);
      const path = join(folder, "run.safetensors");
      await saveTensors(path, { x, "a.b": x.to("float32"), empty: tensor([]) });
      const back = await loadTensors(path);
      expect(Object.keys(back).sort()).toEqual(["a.b", "empty", "x"]);
      expect([back["x"]!.dtype, back["x"]!.shape, back["x"]!.toArray()]).toEqual([dtype, shape, x.toArray()]);
      if (dtype === "bfloat16") return;
      await saveNpy(join(folder, "x.npy"), x);
      const one = await loadNpy(join(folder, "x.npy"));
      expect([one.dtype, one.shape, one.toArray()]).toEqual([dtype, shape, x.toArray()]);
    }),
    { numRuns: 15 },
  );
  expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
});

test("files of NumPy and of Hugging Face's library are read", async () => {
  const { tensors } = JSON.parse(readFileSync(golden("saved.json"), "utf8")) as {
    tensors: Record<string, { dtype: DType; values: unknown; npy?: string }>;
  };
  const folder = scratchFolder();
  const all = await loadTensors(golden("saved.safetensors"));
  for (const [name, { dtype, values, npy }] of Object.entries(tensors)) {
    expect([all[name]?.dtype, all[name]?.toArray()], name).toEqual([dtype, values]);
    if (npy === undefined) continue;
    const path = join(folder, `${name}.npy`);
    writeFileSync(path, Buffer.from(npy, "base64"));
    const one = await loadNpy(path);
    expect([one.dtype, one.toArray()], name).toEqual([dtype, values]);
    // Written again, byte for byte NumPy's.
    if (name === "fortran") continue;
    await saveNpy(path, one);
    expect(readFileSync(path).toString("base64")).toBe(npy);
  }
});

test("refused", async () => {
  const path = join(scratchFolder(), "run.safetensors");
  const net = new nn.Sequential({ a: new nn.Linear(2, 2) });
  const model = new NNsight(net);
  let lazy: Promise<unknown> | undefined;
  await model.trace(tensor([[1, 2]]), () => {
    lazy = saveTensors(path, { hidden: model.a.output });
    lazy.catch(() => undefined);
  });
  await expect(lazy).rejects.toThrowErrorMatchingInlineSnapshot(
    `[TypeError: 'hidden' is a lazy tensor: it has no numbers before its trace has run. Save it in the trace (\`x.save()\`) and write the file after it.]`,
  );
  await expect(saveTensors(path, { x: 1 as never })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[TypeError: 'x' is no Tensor: make it one with tensor(...).]`,
  );
  await expect(saveNpy("x.npy", tensor([1]).bfloat16())).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: x.npy: .npy files have no bfloat16. Save .float() of it, or use saveTensors, which keeps every dtype.]`,
  );
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "no tensors");
  await expect(loadTensors(path)).rejects.toThrow(/is not a usable safetensors file/);
  await expect(loadNpy(path)).rejects.toThrow(/is not a usable \.npy file: it does not begin as one/);
  await expect(loadNpy("nowhere.npy")).rejects.toThrow(/it cannot be read/);
});
