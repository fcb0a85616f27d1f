// docs/models.md: the architectures, and how far each is from transformers, measured on the goldens.
//
//   npx node scripts/docs/models.mjs             writes it
//   npx node scripts/docs/models.mjs --check     exits with 1 when it is stale
import { readFileSync } from "node:fs";
import { LanguageModel, loadTensors, manualSeed, ops } from "../../core/dist/index.js";
import { architectures } from "../../core/dist/model/architectures/table.js";
import { inRoot } from "../base/paths.mjs";
import { page } from "./page.mjs";

const folder = "core/goldens";
const { seed, std, long, configs } = JSON.parse(readFileSync(inRoot(`${folder}/architectures.json`), "utf8"));

const precision = JSON.parse(readFileSync(inRoot("bench/precision.json"), "utf8"));
const precisionRows = Object.entries(precision.rows)
  .map(([name, row]) => {
    const numbers = [
      row.coldS.toFixed(1),
      row.loadS.toFixed(1),
      row.firstMB.toFixed(0),
      row.generatingMB.toFixed(0),
      row.forwardMs.toFixed(0),
      row.tokenMs.toFixed(0),
      row.difference === 0 ? "0" : row.difference.toPrecision(1),
      `${Math.round(100 * row.sameTop)} %`,
    ];
    return `| ${name} | ${numbers.join(" | ")} |`;
  })
  .join("\n");

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
  gemma: ["Gemma", "norms multiply by 1 + weight"],
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

/** Sizes of well-known models, as their config.json has them: what is counted is what the library builds. */
const known = {
  gpt2: ["GPT-2", {}],
  llama: [
    "SmolLM2-135M",
    {
      vocab_size: 49152,
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      tie_word_embeddings: true,
    },
  ],
  gpt_neox: [
    "Pythia-70M",
    {
      vocab_size: 50304,
      hidden_size: 512,
      intermediate_size: 2048,
      num_hidden_layers: 6,
      num_attention_heads: 8,
    },
  ],
  opt: [
    "OPT-125M",
    {
      vocab_size: 50272,
      hidden_size: 768,
      ffn_dim: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      max_position_embeddings: 2048,
      word_embed_proj_dim: 768,
    },
  ],
  bert: [
    "MiniLM-L6",
    {
      vocab_size: 30522,
      hidden_size: 384,
      intermediate_size: 1536,
      num_hidden_layers: 6,
      num_attention_heads: 12,
    },
  ],
  t5: ["T5-small", { vocab_size: 32128 }],
};

/** Millions of parameters. */
function counted(kind) {
  if (!known[kind]) return "";
  const [name, sizes] = known[kind];
  const built = architectures[kind].build({ model_type: kind, ...sizes });
  const total = [...new Set(built.parameters())].reduce((sum, { size }) => sum + size, 0);
  return `${name}: ${(total / 1e6).toFixed(1)} M`;
}

/** Families of GGUF files by `model_type`. */
const gguf = { gemma3_text: "gemma3", mistral: "llama" };
const inGguf = new Set(["llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "gpt2"]);
const filesOf = (kind) => (inGguf.has(gguf[kind] ?? kind) ? "safetensors, GGUF" : "safetensors");

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
const seen = new Set();
for (const [name, [title, quirk]] of Object.entries(rows)) {
  const { modules, difference } = await measured(name);
  const kind = configs[name].model_type;
  const parameters = seen.has(kind) ? "" : counted(kind);
  seen.add(kind);
  lines.push(
    `| ${title} | \`${kind}\` | ${parameters} | ${filesOf(kind)} | ${modules} | under ${difference} | ${quirk} |`,
  );
}
console.warn = warn;

page(
  "docs/models.md",
  `# Models

\`LanguageModel.load(id)\` takes a folder, a GGUF file, or a name as on the Hugging Face hub; \`LanguageModel.random(config)\` makes any of these architectures with weights from a seed; \`NNsight.load("model.onnx")\` takes a file of PyTorch's exporters. Modules have the names of Hugging Face.

## Architectures

How far each is from transformers, with small random weights in float32: how many modules are compared by name, and the largest difference of what the model gives; and how many parameters a well-known model of the kind has here. Made by \`npx node scripts/docs/models.mjs\`.

| model | \`model_type\` | parameters | files | modules | difference | good to know |
|---|---|---|---|---|---|---|
${lines.join("\n")}

Every architecture also has \`lm.layers[i]\`, \`lm.embed\`, \`lm.norm\`, \`lm.head\` and \`layer.attn\`, and \`layer.mlp\` where a layer has such a module.

Inside attention there are values that no module gives. \`layer.attn.q\`, \`k\`, \`v\`, \`z\` are \`[batch, position, head, headDim]\`, \`scores\` and \`pattern\` \`[batch, head, query, key]\`; queries and keys are those before norms of heads and rotary positions. They are read, changed and assigned like outputs of modules (in T5, \`q\`, \`k\` and \`v\` are modules: \`hook_q\` is the value). A layer in which nobody touches scores or pattern computes attention at once, as before.

\`lm.get\` knows TransformerLens's names: \`hook_embed\`, \`ln_final.hook_normalized\`, and in \`blocks.5.\` \`hook_resid_pre\`, \`hook_resid_mid\`, \`hook_resid_post\`, \`hook_attn_out\`, \`hook_mlp_out\`, \`attn.hook_q\`, \`hook_k\`, \`hook_v\`, \`hook_attn_scores\`, \`hook_pattern\`, \`hook_z\`, \`mlp.hook_pre\`, \`hook_pre_linear\`, \`hook_post\`.

## Files

| files | what is read |
|---|---|
| safetensors | one file or several with an index, behind links, too. float32 is mapped from where it lies; float16 and bfloat16 are widened into the cache folder (\`NNSIGHT_CACHE\`), each tensor when a trace first needs it |
| GGUF | the families \`llama\` (Mistral's, too; Llama 3's factors of rotary positions), \`qwen2\`, \`qwen3\`, \`gemma\`, \`gemma2\`, \`gemma3\`, \`phi3\`, \`gpt2\`, with their tokenizers (byte-level ones of \`gpt-2\`, \`qwen2\`, \`llama-bpe\`, \`smollm\`, and SentencePiece's; of others give ids), packed as F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 or Q2_K to Q6_K; converted to float32 in the cache folder once, or kept in 4 bits (below) |
| ONNX | opsets 13 to 23, in float32 or with 16-bit floats (which are widened), with weights inside or beside, fused nodes of com.microsoft as they are; modules from \`pkg.torch.onnx.name_scopes\`, else from the names of nodes (by Hugging Face's names for files of ONNX Runtime GenAI, as transformers.js has them), else from the names of weights. Functions of the file are written out, and of a branch whose condition is constant the one that is taken: of Optimum's merged decoders the one without a past (\`NNsight.load(file, { fixed: { use_cache_branch: true } })\` takes the other). Keys and values of a past are empty unless they are given. Loops, scans and branches that only a run decides stay whole: their outputs are read and changed, their inside is not (the tree says so) |

A model from an ONNX file is tried once when it is loaded: whether every module can be read, whether a change of one changes the result, and whether the rows of attention sum to 1, where the file has a softmax to read (fused nodes have none). Of a language model, whose modules are this library's, the files are compared with the config: every weight is there with its size, and weights in layers that the model has no place for are told; \`{ check: true }\` also runs it as above, which is not the default, as weights are read when they are first needed. \`console.log(String(await lm.check()))\` tries more, on any model: every module's values, every block, whether the rows of attention sum to 1, and whether two in a batch give what one gives.

## Fewer bits

\`LanguageModel.load(id, { dtype: "q4" })\` keeps weights in fewer bits, in memory, too. All values are computed in float32.

- \`float16\`: 16-bit floats. Files that have such (float16, bfloat16) are mapped as they are; a matrix is widened each time it is multiplied with, as the processor's kernels have no 16-bit products (widened once it would take the memory of float32), so that a token takes twice as long.
- \`q8\`, \`q4\`: blocks of 32 weights with a scale, in ONNX Runtime's kernel for 4 bits (\`q8\` as two planes of it). Only matrices with rows of whole blocks; \`q4\` keeps embeddings in 8 bits. Blocks Q4_0, Q4_1 and Q8_0 of GGUF files are taken over number by number, so that nothing is lost.
- \`activations: "int8"\`, with either: what is multiplied with them is rounded to 8 bits, too.

Edits, batches and weights as values are as ever; gradients widen what they go through, and take the memory of float32 there. On ${precision.model}, whose GGUF file has most weights in Q4_1 (two cores that others used, too; made by \`npm run bench:precision\`):

| weights kept in | load to a first generated token, s | load to first logits, s | memory, MB | memory, generating, MB | 14 positions, ms | a new token, ms | logits off by, at most | same next token |
|---|---|---|---|---|---|---|---|---|
${precisionRows}

Memory is the whole process (PSS), with Node.js and the tokenizer. \`q8\` and \`q4\` without more words are rounded from float32 weights. In float32 and float16 a trace and a generation each have their own sessions with packed weights, as ONNX Runtime's binding cannot share those: both in one process take 1.1 GB in float32. In \`q8\` and \`q4\` only the one that ran last keeps them, and making the other anew takes less than a token: traces, generations and an edit in one process take 272 MB in \`q4\`.

A Llama of 1.1 billion weights in bfloat16 (\`npm run bench:large\`, 16 positions): with \`dtype: "float16"\` first logits after 2.5 s, with 2.3 GB in all; in float32 after 29 s (widened into the cache folder once), 1.5 s each from then on.

## Export

\`await edited.export("edited.onnx", () => ({ middle: edited.layers[5].output[0] }))\` writes the model with its edits as an ordinary ONNX file that any ONNX Runtime runs, for batches and prompts of any size. It takes \`input_ids\`, \`position_ids\` and \`attention_mask\` (a model of one's own: \`input\`) and gives what the model gives, and what the callback returns by its names. Nodes are named by their modules, so that \`NNsight.load\` finds the tree again. Weights of more than 64 MB lie beside the file, in \`edited.onnx.data\`. What only a trace can do (conditions, loops, functions, logs, random numbers) is refused.

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
