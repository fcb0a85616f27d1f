/** How cost grows with the work: tracing with ops, a trace with saves, sweeps with cells. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh, remembering } from "../base/setting.mjs";

export const work = "growth, on the tiny network";
export const rounds = 3;
export const warm = 1;
export const plot = { unit: "µs for each", from: /^(\d+) (ops|saves|cells)$/ };

const SIZES = { ops: [10, 100, 1000, 10_000], saves: [10, 100, 1000], cells: [10, 100, 1000] };

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

export const candidates = ({ tiny, x, sweep, forget }) =>
  Object.fromEntries([
    ...SIZES.ops.map((count) => [`${count} ops`, afresh(ops(tiny, x, count))]),
    ...SIZES.saves.map((count) => [
      `${count} saves`,
      afresh(() => tiny.trace(x, () => Array.from({ length: count }, () => tiny.output.mul(2)))),
    ]),
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

/** What one takes among the most, over what one takes among a hundred. */
const growth = (m, what) => {
  const most = SIZES[what].at(-1);
  return m[`${most} ${what}`] / most / (m[`100 ${what}`] / 100);
};

export const figures = (m) =>
  Object.entries(SIZES).map(([what, sizes]) =>
    ratio(`one of ${sizes.at(-1)} ${what} over one of 100`, growth(m, what), atMost(1.5)),
  );
