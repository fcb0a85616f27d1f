/**
 * `node scripts/with-node.mjs bench/growth.mjs`: 10,000 runs of a small model, each with other values and every tenth of
 * another form. Ends with 1 when sessions or memory grow after the first fifth.
 */
import { CONFIG, LanguageModel, sweep } from "nnsight-ts";
import { local } from "../core/dist/model/nnsight.js";

const RUNS = Number(process.argv[2] ?? 10_000);
const sizes = { num_hidden_layers: 4, hidden_size: 32, num_attention_heads: 4, intermediate_size: 64 };
const lm = LanguageModel.random({ model_type: "llama", vocab_size: 100, ...sizes });
const ids = Array.from({ length: 8 }, (_, i) => i + 1);

// Full after the first fifth, so that what grows after it is a leak.
local.memo.most = 8 * 2 ** 20;

const live = () => local.sessions.made - local.sessions.released;
const memory = () => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage.rss() / 1e6);
};

const seen = [];
for (let i = 1; i <= RUNS; i++) {
  const layer = lm.model.layers[i % 4];
  if (i % 100 === 0)
    await sweep({ factor: 3 }, ({ factor }) =>
      lm.trace(ids.with(0, i % 90), () => {
        layer.output[0].mul_(factor + i);
        return lm.output.logits.at(0, -1);
      }),
    );
  else
    await lm.trace(ids.with(i % 8, i % 97), () => {
      if (i % 10 === 0) layer.mlp.output.at(":", i % 8).add_(i);
      else layer.output[0].mul_(1 + i / RUNS);
      return lm.output.logits.at(0, -1);
    });
  if (i % (RUNS / 10) === 0) {
    seen.push({ sessions: live(), memory: memory(), memo: local.memo.bytes });
    console.log(
      `${i} runs: ${live()} sessions, ${memory()} MB, memo ${(local.memo.bytes / 1e6).toFixed(1)} MB`,
    );
  }
}
const [, early] = seen;
const last = seen.at(-1);
const grown = last.sessions > early.sessions || last.memory > 1.15 * early.memory + 64;
console.log(grown ? "It grows." : "It does not grow.", CONFIG.APP.MEMO ? "" : "(without the memo)");
process.exitCode = grown ? 1 : 0;
