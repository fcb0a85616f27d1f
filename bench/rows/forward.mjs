/** A forward, short and long, beside PyTorch and one whole session. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "forward, 14 and 256 tokens";
export const rounds = 15;

export async function candidates({ lm, prompt, ids, long, peer, whole }) {
  const all = (input) => afresh(() => lm.trace(input, () => lm.output.logits));
  const last = (input) => afresh(() => lm.trace(input, () => lm.output.logits.at(0, -1)));
  const made = await whole();
  return {
    "14 tokens, all logits": all(prompt),
    "14 tokens, last logits": last(prompt),
    "14 tokens, one whole session": made(prompt),
    ...(peer && { "14 tokens, PyTorch": () => peer.ask("forward", { ids: [ids] }) }),
    "256 tokens, all logits": all(long),
    "256 tokens, last logits": last(long),
    "256 tokens, one whole session": made(long),
    ...(peer && { "256 tokens, PyTorch": () => peer.ask("forward", { ids: [long] }) }),
  };
}

export const figures = (m) => [
  ratio(
    "one whole session: our time over its",
    m["14 tokens, all logits"] / m["14 tokens, one whole session"],
    atMost(1.05),
  ),
  ratio(
    "14 tokens, all logits: faster than PyTorch",
    m["14 tokens, PyTorch"] / m["14 tokens, all logits"],
    atLeast(1.9),
  ),
  ratio(
    "256 tokens, all logits: faster than PyTorch",
    m["256 tokens, PyTorch"] / m["256 tokens, all logits"],
    atLeast(1),
  ),
  ratio(
    "256 tokens, last logits: faster than PyTorch",
    m["256 tokens, PyTorch"] / m["256 tokens, last logits"],
    atLeast(1.2),
  ),
];
