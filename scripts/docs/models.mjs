// docs/models.md: the architectures, and how far each is from transformers, measured on the goldens.
//
//   npx node scripts/docs/models.mjs             writes it
//   npx node scripts/docs/models.mjs --check     exits with 1 when it is stale
import { readFileSync } from "node:fs";
import { LanguageModel, loadTensors, manualSeed, ops } from "../../core/dist/index.js";
import { inRoot } from "../base/paths.mjs";
import { page } from "./page.mjs";

const folder = "core/goldens";
const { seed, std, long, configs } = JSON.parse(readFileSync(inRoot(`${folder}/architectures.json`), "utf8"));

/** What people look for, and what they should know. Rows of one architecture follow each other. */
const rows = {
  gpt2: [
    "GPT-2",
    "weights of `Conv1D` are `[in, out]`; checkpoints with and without `transformer.` are read",
  ],
  llama: ["Llama 1, 2, SmolLM2, TinyLlama", ""],
  llama3: ["Llama 3.1 and later", "`rope_scaling` of the type `llama3`; biases"],
  linear: ["Llama, linear scaling", ""],
  yarn: ["Llama, YaRN", "`dynamic` is read, too: it differs from no scaling only beyond the context"],
  mistral: ["Mistral", "a window that holds the whole context is left out"],
  qwen2: ["Qwen 2, 2.5", "windows from `max_window_layers` on, if `use_sliding_window`"],
  qwen3: ["Qwen 3", "norms of queries and keys in each head"],
  gemma2: ["Gemma 2", "`embed_tokens` gives scaled vectors, as in transformers 5"],
  gemma3: ["Gemma 3 (text)", "`rotary_emb_local` for layers with a window"],
  phi3: ["Phi-3", ""],
  longrope: [
    "Phi-3, long context",
    "each prompt of a batch has the factors of its own length; transformers takes those of the longest",
  ],
  gpt_neox: ["GPT-NeoX, Pythia", "the head is `embed_out`"],
  opt: ["OPT", "`fc1` and `fc2` keep `[batch, position, …]`, where transformers 4 flattens"],
  bert: ["BERT, MiniLM", "padded on the right; `pooler_output`"],
  masked: ["BERT for masked words", ""],
  t5: [
    "T5",
    "the decoder begins with `decoder_start_token_id` unless `decoder_input_ids` stand beside `input_ids`",
  ],
  t5_gated: ["T5 1.1, Flan-T5", "a head of its own"],
  vit: ["ViT", "takes `[batch, channels, size, size]`; names as in transformers 4"],
  images: ["ViT for classes", ""],
};

const first = (output) => (Array.isArray(output) ? output[0] : (output.last_hidden_state ?? output));

/** The largest difference of the result, as the power of ten above it. */
async function measured(name) {
  const config = configs[name];
  const expected = await loadTensors(inRoot(`${folder}/architectures/${name}.safetensors`));
  const key = "=logits" in expected ? "logits" : "last_hidden_state";
  const lm = LanguageModel.random({ ...config, initializer_range: std }, { seed });
  manualSeed(seed);
  const input = {
    vit: () => ops.rand(2, 3, 8, 8),
    t5: () => ({ input_ids: [long], decoder_input_ids: [[0, 9, 4]] }),
  }[config.model_type];
  const made = await lm.trace(input ? input() : long, () => first(lm.output[key]));
  const difference = made.sub(expected[`=${key}`]).abs().max().item();
  const modules = Object.keys(expected).filter((one) => !one.startsWith("=") && one !== "short").length;
  return { modules, difference: `1e${Math.ceil(Math.log10(Math.max(difference, 1e-9)))}` };
}

const warn = console.warn;
console.warn = () => {};
const lines = [];
for (const [name, [title, quirk]] of Object.entries(rows)) {
  const { modules, difference } = await measured(name);
  lines.push(`| ${title} | \`${configs[name].model_type}\` | ${modules} | under ${difference} | ${quirk} |`);
}
console.warn = warn;

page(
  "docs/models.md",
  `# Models

\`LanguageModel.load(id)\` takes a folder, a GGUF file, or a name as on the Hugging Face hub; \`LanguageModel.random(config)\` makes any of these architectures with weights from a seed; \`NNsight.load("model.onnx")\` takes a file of PyTorch's exporters. Modules have the names of Hugging Face.

## Architectures

How far each is from transformers, with small random weights in float32: how many modules are compared by name, and the largest difference of what the model gives. Made by \`npx node scripts/docs/models.mjs\`.

| model | \`model_type\` | modules | difference | good to know |
|---|---|---|---|---|
${lines.join("\n")}

Every architecture also has \`lm.layers[i]\`, \`lm.embed\`, \`lm.norm\`, \`lm.head\` and \`layer.attn\`, and \`layer.mlp\` where a layer has such a module.

Inside attention there are values that no module gives. \`layer.attn.q\`, \`k\`, \`v\`, \`z\` are \`[batch, position, head, headDim]\`, \`scores\` and \`pattern\` \`[batch, head, query, key]\`; queries and keys are those before norms of heads and rotary positions. They are read, changed and assigned like outputs of modules (in T5, \`q\`, \`k\` and \`v\` are modules: \`hook_q\` is the value). A layer in which nobody touches scores or pattern computes attention at once, as before.

\`lm.get\` knows TransformerLens's names: \`hook_embed\`, \`ln_final.hook_normalized\`, and in \`blocks.5.\` \`hook_resid_pre\`, \`hook_resid_mid\`, \`hook_resid_post\`, \`hook_attn_out\`, \`hook_mlp_out\`, \`attn.hook_q\`, \`hook_k\`, \`hook_v\`, \`hook_attn_scores\`, \`hook_pattern\`, \`hook_z\`, \`mlp.hook_pre\`, \`hook_pre_linear\`, \`hook_post\`.

## Files

| files | what is read |
|---|---|
| safetensors | one file or several with an index, behind links, too. float32 is mapped from where it lies; float16 and bfloat16 are widened into the cache folder (\`NNSIGHT_CACHE\`), each tensor when a trace first needs it |
| GGUF | the Llama family, packed as F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 or Q2_K to Q6_K; converted to float32 in the cache folder once |
| ONNX | opsets 13 to 23, in float32, with weights inside or beside; modules from \`pkg.torch.onnx.name_scopes\`, else from the names of nodes. Branches and loops in a file, and functions of its own, are refused |

## The hub

What is not here is fetched into Hugging Face's own cache, which Python's tools share: \`config.json\`, the tokenizer and the safetensors files. A download that breaks off goes on where it stopped, and is compared with the hub's checksum.

| variable | |
|---|---|
| \`HF_HOME\`, \`HF_HUB_CACHE\` | where the cache is |
| \`HF_TOKEN\` | for private and gated models; else what \`hf auth login\` has kept |
| \`HF_HUB_OFFLINE=1\` | nothing is asked of the hub |
| \`HF_ENDPOINT\` | another hub |

\`lm.chat([{ role: "user", content: "Hello" }])\` is a conversation as a prompt, by the model's own template.
`,
);
