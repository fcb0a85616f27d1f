/** How tracing grows: microseconds for each op and each save of one trace, from 10 to 10,000. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "growth of a trace of the tiny network";
export const rounds = 5;
const COUNTS = [10, 100, 1000, 10_000];

export const candidates = async () => {
  await import("nnsight-ts/register");
  const { chain, saves } = await import("../traces.mts");
  return Object.fromEntries(
    COUNTS.flatMap((count) => [
      [`${count} ops`, afresh(chain(count))],
      [`${count} saves`, afresh(saves(count))],
    ]),
  );
};

/** Of each more, in µs. */
const growth = (m, what) =>
  COUNTS.slice(1).map((count, i) => {
    const before = COUNTS[i];
    return [count, (1000 * (m[`${count} ${what}`] - m[`${before} ${what}`])) / (count - before)];
  });

export const figures = (m) =>
  ["ops", "saves"].flatMap((what) => {
    const steps = growth(m, what);
    return [
      ...steps.map(([count, each]) => ratio(`each more up to ${count} ${what}, µs`, each, {})),
      ratio(`${what}: the last step over the one before`, steps[2][1] / steps[1][1], atMost(1.5)),
    ];
  });
