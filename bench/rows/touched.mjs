/** A second version of every block: what it takes to make one, in time and memory. */
import { readFileSync } from "node:fs";
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "a second version of every block (touched)";
export const rounds = 1;
export const note =
  "The 14 MB are the block's weights in the model's file, which its first touched version maps; the versions after it share them. Untouched blocks run on a packed copy (docs/decisions/13-chains.md).";

const memory = () => Number(/^Pss:\s+(\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]) / 1024;

export const candidates = ({ lm, prompt }) => {
  let grown = 0;
  return {
    "a forward": afresh(() => lm.trace(prompt, () => lm.output.logits)),
    "compiling one": afresh(async () => {
      const before = memory();
      const taken = [];
      for (const layer of lm.model.layers) {
        const touched = () =>
          lm.trace(prompt, () => {
            layer.mlp.output.mul_(1.5);
            return layer.output[0];
          });
        const begin = performance.now();
        await touched();
        const first = performance.now() - begin;
        const again = performance.now();
        await touched();
        taken.push(first - (performance.now() - again));
      }
      grown = (memory() - before) / taken.length;
      return taken.sort((a, b) => a - b)[taken.length >> 1];
    }),
    "memory of one, MB": async () => grown,
  };
};

export const warm = 0;
export const figures = (m) => [
  ratio("ms beyond its run", m["compiling one"], atMost(5)),
  ratio("MB each (PSS)", m["memory of one, MB"], atMost(1)),
];
