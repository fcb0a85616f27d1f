/** What tracing costs on the tiny network. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "tracing the tiny network";
export const rounds = 15;
const TIMES = 200;

/** Milliseconds of one. */
const each = (one) =>
  afresh(async () => {
    const begin = performance.now();
    for (let i = 0; i < TIMES; i++) await one();
    return (performance.now() - begin) / TIMES;
  });

export const candidates = async ({ tiny, x, runsOf, peer }) => {
  const runs = await runsOf(afresh(() => tiny.trace(x, () => tiny.output)));
  const reads = (count) =>
    each(() => tiny.trace(x, () => Array.from({ length: count }, () => tiny.output.mul(2)) && tiny.output));
  const invokes = (count) =>
    each(() =>
      tiny.trace((tracer) => {
        for (let i = 0; i < count; i++) tracer.invoke(x, () => tiny.output);
        return tiny.output;
      }),
    );
  return {
    "a bare run": each(async () => {
      for (const run of runs) await run();
    }),
    "a trace": each(() => tiny.trace(x, () => tiny.output)),
    "100 more reads": reads(100),
    "one invoke": invokes(1),
    "11 invokes": invokes(11),
    ...(peer && {
      "PyTorch, a bare run": () => peer.ask("tiny_bare", { runs: TIMES }),
      "NNsight, an empty trace": () => peer.ask("tiny_trace", { runs: TIMES }),
    }),
  };
};

export const figures = (m) => [
  ratio("a trace over a bare run, µs", 1000 * (m["a trace"] - m["a bare run"]), atMost(60)),
  ratio("each further read, µs", 10 * (m["100 more reads"] - m["a trace"]), atMost(5)),
  ratio("each further invoke, µs", 100 * (m["11 invokes"] - m["one invoke"]), atMost(20)),
  ratio(
    "NNsight, an empty trace over a bare run, µs",
    1000 * (m["NNsight, an empty trace"] - m["PyTorch, a bare run"]),
    {},
  ),
];
