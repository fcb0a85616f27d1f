/** A forward of 256 tokens, with all logits and with those of one position. */
import { atLeast, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "forward, 256 tokens";
export const rounds = 7;
export const warm = 1;

export async function candidates({ lm, long, peer, whole }) {
  const made = await whole();
  return {
    "all logits": afresh(() => lm.trace(long, () => lm.output.logits)),
    "last logits": afresh(() => lm.trace(long, () => lm.output.logits.at(0, -1))),
    "one whole session": made(long),
    ...(peer && { PyTorch: () => peer.ask("forward", { ids: [long] }) }),
  };
}

export const figures = (m) => [
  ratio("all logits: faster than PyTorch", m.PyTorch / m["all logits"], atLeast(1)),
  ratio("last logits: faster than PyTorch", m.PyTorch / m["last logits"], atLeast(1.2)),
  ratio("all logits: over one whole session", m["all logits"] / m["one whole session"], {}),
];
