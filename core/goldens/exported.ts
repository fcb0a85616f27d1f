/** Writes `exported.onnx`, an edited model with two more outputs, for `exported.py`: `node core/goldens/exported.ts`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The same model for the test, which writes the file anew. */
export async function exportEdited({ LanguageModel }: typeof import("../src/index.ts"), path: string) {
  const { configs } = JSON.parse(readFileSync(join(import.meta.dirname, "architectures.json"), "utf8"));
  const lm = LanguageModel.random({ ...configs.llama, initializer_range: 0.3 });
  const edited = await lm.edit(() => {
    const { pattern } = lm.layers[1]!.attn;
    pattern.set([":", 1], pattern.at(":", 1).mul(0.5));
    lm.layers[0]!.mlp.output = lm.layers[0]!.mlp.output.neg();
  });
  const written = await edited.export(path, () => {
    edited.layers[2]!.output[0]!.set([":", -1], 0);
    return { pattern: edited.layers[1]!.attn.pattern, middle: edited.layers[1]!.output[0]!.mul(2) };
  });
  return { lm, edited, written };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await exportEdited(await import("../src/index.ts"), join(import.meta.dirname, "exported.onnx"));
