/** How tools that write ONNX files by a scheme of their own call modules, and what Hugging Face calls them. A new tool is a new row. */

type Rename = readonly [theirs: RegExp, ours: string];

/** By the producer that a file names; paths have dots between all modules. */
const schemes: Readonly<Record<string, readonly Rename[]>> = {
  "onnxruntime-genai": [
    [/^model\.layers\.\d+\.final_norm_layernorm\b/, "model.norm"],
    [/^(model\.layers\.\d+)\.attn\b/, "$1.self_attn"],
  ],
};

/** The path of a module by Hugging Face's names. */
export function renamed(path: string, producer: string): string {
  const scheme = Object.hasOwn(schemes, producer) ? schemes[producer]! : [];
  return scheme.reduce((name, [theirs, ours]) => name.replace(theirs, ours), path);
}
