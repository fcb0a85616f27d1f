/** What a client on another host does: a trace there and here, whose results are compared bit for bit. */
import { LanguageModel, ops } from "nnsight-ts";
import { model } from "./process.ts";

const lm = await LanguageModel.load(model, { progress: () => undefined });
const trace = (options: object) =>
  lm.trace("The Eiffel Tower is in the city of", options, () => [
    lm.model.layers[3]!.output[0],
    lm.output.logits.add(ops.zeros([1])),
  ]);
const [far, near] = [await trace({ remote: true }), await trace({})];
const bytes = far.map(({ data }) => data.byteLength).reduce((a, b) => a + b);
const same = far.every(({ data }, i) =>
  Buffer.from(data.buffer).equals(Buffer.from(near[i]!.data.buffer as ArrayBuffer)),
);
console.log(JSON.stringify({ same, bytes }));
