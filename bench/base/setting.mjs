/** What the rows work on: the model, prompts, and the peer if it is there. */
import { dirname } from "node:path";
import { CONFIG, LanguageModel, NNsight, nn, ops } from "nnsight-ts";
import { prompt } from "../prompt.mjs";
import { startPeer } from "./peer.mjs";

export async function setting() {
  const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
  const ids = lm.tokenizer.encode(prompt);
  const folder = dirname(lm.lm_head.weight.state.source.path);
  const tiny = new NNsight(
    new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }),
  );
  return {
    lm,
    prompt,
    ids,
    /** As long as `ids`, and different at every position. */
    other: ids.map((id) => (id * 31 + 4099) % 49152),
    /** The same sentence with one other name, at its second place. */
    renamed: lm.tokenizer.encode(prompt.replace(", John", ", Mary")),
    long: Array.from({ length: 256 }, (_, i) => ids[i % ids.length]),
    tiny,
    x: ops.ones([1, 5]),
    peer: await startPeer(folder),
  };
}

/** Work for which nothing is remembered from earlier runs. */
export const afresh = (work) => () => {
  CONFIG.APP.MEMO = false;
  return work();
};

/** Work that may use what earlier runs made. */
export const remembering = (work) => () => {
  CONFIG.APP.MEMO = true;
  return work();
};
