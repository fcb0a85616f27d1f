// A Llama of 1.1 billion random weights in bfloat16 safetensors (TinyLlama's shape): written, loaded and run once.
//
//   npm run bench:large [float16]      the dtype that weights are kept in; default float32. Needs 7 GB of disk
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const config = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  vocab_size: 32_000,
  hidden_size: 2048,
  intermediate_size: 5632,
  num_hidden_layers: 22,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  max_position_embeddings: 2048,
  tie_word_embeddings: false,
};
const { hidden_size: h, intermediate_size: m, vocab_size: v } = config;
const shapes = {
  "model.embed_tokens.weight": [v, h],
  "model.norm.weight": [h],
  "lm_head.weight": [v, h],
};
for (let i = 0; i < config.num_hidden_layers; i++)
  Object.assign(shapes, {
    [`model.layers.${i}.self_attn.q_proj.weight`]: [h, h],
    [`model.layers.${i}.self_attn.k_proj.weight`]: [256, h],
    [`model.layers.${i}.self_attn.v_proj.weight`]: [256, h],
    [`model.layers.${i}.self_attn.o_proj.weight`]: [h, h],
    [`model.layers.${i}.mlp.gate_proj.weight`]: [m, h],
    [`model.layers.${i}.mlp.up_proj.weight`]: [m, h],
    [`model.layers.${i}.mlp.down_proj.weight`]: [h, m],
    [`model.layers.${i}.input_layernorm.weight`]: [h],
    [`model.layers.${i}.post_attention_layernorm.weight`]: [h],
  });

/** A piece of normal numbers times 0.02 as bfloat16, written again and again; ones for norms. */
function write(path) {
  const block = new Uint16Array(1 << 22);
  const number = new Float32Array(1);
  const bits = new Uint32Array(number.buffer);
  for (let i = 0; i < block.length; i++) {
    number[0] = 0.02 * Math.sqrt(-2 * Math.log(Math.random() || 0.5)) * Math.cos(2 * Math.PI * Math.random());
    block[i] = bits[0] >>> 16;
  }
  let end = 0;
  const header = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const length = 2 * shape.reduce((a, b) => a * b);
    header[name] = { dtype: "BF16", shape, data_offsets: [end, (end += length)] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  writeSync(file, size);
  writeSync(file, text);
  for (const shape of Object.values(shapes)) {
    const values = shape.length === 1 ? new Uint16Array(shape[0]).fill(0x3f80) : block;
    let left = 2 * shape.reduce((a, b) => a * b);
    for (; left > 0; left -= values.byteLength) writeSync(file, values, 0, Math.min(left, values.byteLength));
  }
  closeSync(file);
  return end;
}

const [dtype = "float32"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "nnsight-large-"));
try {
  process.env.NNSIGHT_CACHE = join(folder, "cache");
  mkdirSync(process.env.NNSIGHT_CACHE);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const bytes = write(join(folder, "model.safetensors"));
  const { LanguageModel } = await import("nnsight-ts");
  const begin = performance.now();
  const lm = await LanguageModel.load(folder, { dtype, progress: () => undefined });
  const opened = performance.now() - begin;
  const ids = Array.from({ length: 16 }, (_, i) => 31 * i + 7);
  const logits = await lm.trace([ids], () => lm.output.logits.at(0, -1));
  const first = performance.now() - begin;
  const again = performance.now();
  await lm.trace([[...ids].reverse()], () => lm.output.logits.at(0, -1));
  const status = readFileSync("/proc/self/status", "utf8");
  const rollup = readFileSync("/proc/self/smaps_rollup", "utf8");
  console.log({
    dtype,
    weights: bytes / 2,
    "file, GB": bytes / 1e9,
    "opened, s": opened / 1000,
    "first logits, s": first / 1000,
    "next forward, s": (performance.now() - again) / 1000,
    "memory (PSS), GB": Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) / 1e6,
    "highest (RSS), GB": Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1e6,
    finite: Number.isFinite(logits.sum().item()),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
