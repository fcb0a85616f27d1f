/** The same trace again with another prompt of equal shape: no compile, no plan. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "same trace, other prompt of equal shape";
export const rounds = 25;

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
