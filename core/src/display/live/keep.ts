/** Puts a tensor that is shown on the shelf. */
import { type Host, sizeOf } from "../../tensor/host.ts";
import { bytesOf } from "../numbers.ts";
import type { Tokens } from "../payload.ts";
import { shelfOfProcess } from "./shelf.ts";
import { LiveTensor } from "./tensor.ts";

const lively = new WeakMap<Host, LiveTensor>();

/** Its id for the page, if there is a kernel that the page can ask. */
export function keepTensor(host: Host, tokens: Tokens | undefined): string | undefined {
  const { length } = host.shape;
  const from0 = tokens && { ...tokens, axis: tokens.axis < 0 ? tokens.axis + length : tokens.axis };
  return shelfOfProcess()?.keep(host, sizeOf(host.shape) * bytesOf(host.dtype), (kept, query) => {
    const tensor = lively.get(kept) ?? new LiveTensor(kept, from0);
    lively.set(kept, tensor);
    return tensor.answer(query);
  });
}
