/** What tracing costs on the tiny network, in code that the loader has compiled, as cells are. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "tracing the tiny network";
export const rounds = 15;
export const note =
  "A trace makes some 120 µs of JavaScript, of which the first read of `tiny.output` takes 35 (finding the edge in the model's function), the tracer and its first invoke 18, the plan 15 (by its structure, which is put into words), two runs 60 with their tensors, feeds and promises, and the collector about a third of all.";
const TIMES = 200;

/** Milliseconds of one. */
const each = (one, times = TIMES) =>
  afresh(async () => {
    const begin = performance.now();
    for (let i = 0; i < times; i++) await one();
    return (performance.now() - begin) / times;
  });

export const candidates = async ({ runsOf, peer }) => {
  await import("nnsight-ts/register");
  const { empty, reads, invokes, written } = await import("../traces.mts");
  const runs = await runsOf(afresh(empty));
  return {
    "a bare run": each(async () => {
      for (const run of runs) await run();
    }),
    "a trace": each(empty),
    "100 more reads": each(reads(100)),
    "one invoke": each(invokes(1)),
    "11 invokes": each(invokes(11)),
    "10 ops written": each(written(10)),
    "1,010 ops written": each(written(1010), 10),
    ...(peer && {
      "PyTorch, a bare run": () => peer.ask("tiny_bare", { runs: TIMES }),
      "NNsight, an empty trace": () => peer.ask("tiny_trace", { runs: TIMES }),
    }),
  };
};

export const figures = (m) => [
  ratio("a trace over a bare run, µs", 1000 * (m["a trace"] - m["a bare run"]), atMost(60)),
  ratio("each further read and an op on it, µs", 10 * (m["100 more reads"] - m["a trace"]), atMost(5)),
  ratio("each further invoke, µs", 100 * (m["11 invokes"] - m["one invoke"]), atMost(20)),
  ratio("recording an op, µs", m["1,010 ops written"] - m["10 ops written"], atMost(5)),
  ratio(
    "NNsight, an empty trace over a bare run, µs",
    1000 * (m["NNsight, an empty trace"] - m["PyTorch, a bare run"]),
    {},
  ),
];
