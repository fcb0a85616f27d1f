/** Puts a tensor that is shown on the shelf. */
import { type Host, sizeOf } from "../../tensor/host.ts";
import { bytesOf } from "../numbers.ts";
import { type Labels, tensorPayload } from "../payload.ts";
import type { ShowQuery } from "./queries.ts";
import { shelfOfProcess } from "./shelf.ts";
import { LiveTensor } from "./tensor.ts";

const lively = new WeakMap<Host, LiveTensor>();

/** Its id for the page, if there is a kernel that the page can ask. */
export function keepTensor(host: Host, labels: Labels): string | undefined {
  const { length } = host.shape;
  const { tokens } = labels;
  const from0 = tokens && { ...tokens, axis: tokens.axis < 0 ? tokens.axis + length : tokens.axis };
  const id: string | undefined = shelfOfProcess()?.keep(
    host,
    sizeOf(host.shape) * bytesOf(host.dtype),
    (kept, query) => {
      if ((query as ShowQuery).ask === "show")
        return { result: tensorPayload(kept, { ...labels, ...(id !== undefined && { id }) }), buffers: [] };
      const tensor = lively.get(kept) ?? new LiveTensor(kept, from0);
      lively.set(kept, tensor);
      return tensor.answer(query);
    },
  );
  return id;
}
