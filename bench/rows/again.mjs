/** The same trace again with another prompt of equal shape: no compile, no plan. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "same trace, other prompt of equal shape";
export const rounds = 25;
export const note =
  "Nothing is compiled or planned. What a trace takes beyond its five calls of ONNX Runtime, 1 to 2.5 ms of 48, is recording it (0.3 ms), telling whether any of 300 weights was assigned (0.3), handing out what was made, and V8's collector, which each 2.7 MB of logits brings nearer.";

export const candidates = async ({ lm, ids, other, runsOf }) => {
  let turn = 0;
  const trace = () => lm.trace(turn++ % 2 ? ids : other, () => lm.output.logits);
  const runs = await runsOf(afresh(trace));
  return {
    "the trace": afresh(trace),
    "its runs of ONNX Runtime alone": async () => {
      for (const run of runs) await run();
    },
  };
};

export const figures = (m) => [
  ratio("over the bare run", m["the trace"] / m["its runs of ONNX Runtime alone"], atMost(1.02)),
];
