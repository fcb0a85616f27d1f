// A script whose native loops go through values of a run elsewhere.
import * as nnsight from "nnsight-ts";
import { LanguageModel } from "nnsight-ts";

const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => undefined });
const found = await lm.session({ remote: true }, (s) => {
  const [lists, found] = [nnsight.list(), s.list()];
  for (const n of [0, 1, 2]) lists.append([n]);
  for (const outer of lists) for (const inner of outer) found.append(inner);
  nnsight.log(found.at(-1));
  return found;
});
console.log(found);
