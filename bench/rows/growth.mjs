/** How cost grows with the work: tracing with ops, a trace with saves or layers, sweeps with cells. */
import { LanguageModel } from "nnsight-ts";
import { atMost, ratio } from "../base/measure.mjs";
import { afresh, remembering } from "../base/setting.mjs";

export const work = "growth, on the tiny network; layers of a small Llama";
export const rounds = 3;
export const warm = 1;
export const plot = { unit: "µs for each", from: /^(\d+) (ops|saves|cells|layers)$/ };

const SIZES = {
  ops: [10, 100, 1000, 10_000],
  saves: [10, 100, 1000],
  cells: [10, 100, 1000],
  layers: [3, 10, 100],
};

/** Written, not run: the first op of the chain is read again by none. */
const ops = (tiny, x, count) => async () => {
  const tracer = tiny.scan(x);
  const begin = performance.now();
  let value = tiny.layer1.output;
  for (let i = 0; i < count; i++) value = value.mul(1.01);
  const taken = performance.now() - begin;
  await tracer.close();
  return taken;
};

const llama = (count) =>
  LanguageModel.random({
    model_type: "llama",
    num_hidden_layers: count,
    hidden_size: 32,
    intermediate_size: 64,
    num_attention_heads: 4,
    vocab_size: 100,
  });

/** Every layer is read, and the middle one changed. */
const read = (count) => {
  const lm = llama(count);
  return () =>
    lm.trace([1, 2, 3, 4], () => {
      lm.model.layers[count >> 1].output[0].mul_(1.5);
      return lm.model.layers.map((layer) => layer.output[0]);
    });
};

export const candidates = ({ tiny, x, sweep, forget }) =>
  Object.fromEntries([
    ...SIZES.ops.map((count) => [`${count} ops`, afresh(ops(tiny, x, count))]),
    ...SIZES.saves.map((count) => [
      `${count} saves`,
      afresh(() => tiny.trace(x, () => Array.from({ length: count }, () => tiny.output.mul(2)))),
    ]),
    ...SIZES.layers.map((count) => [`${count} layers`, afresh(read(count))]),
    ...SIZES.cells.map((count) => [
      `${count} cells`,
      remembering(async () => {
        forget();
        const begin = performance.now();
        await sweep({ factor: count }, ({ factor }) =>
          tiny.trace(x, () => {
            tiny.layer1.output.mul_(factor);
            return tiny.output;
          }),
        );
        return performance.now() - begin;
      }),
    ]),
  ]);

/** What one takes among the most, over what one takes among a few. */
const growth = (m, what) => {
  const [few, most] = SIZES[what].slice(-2);
  return m[`${most} ${what}`] / most / (m[`${few} ${what}`] / few);
};

export const figures = (m) =>
  Object.entries(SIZES).map(([what, sizes]) =>
    ratio(`one of ${sizes.at(-1)} ${what} over one of ${sizes.at(-2)}`, growth(m, what), atMost(1.5)),
  );
