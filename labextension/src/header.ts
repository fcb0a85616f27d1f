/** The first line of a figure: what its tensor is. */
import type { TensorPayload } from "nnsight-ts/display";
import { html } from "./dom.ts";
import { formatBytes } from "./format.ts";

/** What is said of a tensor before anything of its values. */
export type Titled = Pick<TensorPayload, "dtype" | "shape" | "axes" | "bytes"> & { readonly name?: string };

export function header(payload: Titled): HTMLElement {
  const named = payload.axes.some((name) => name !== null);
  const axes = payload.shape.map((size, i) =>
    payload.axes[i] ? `${payload.axes[i]} ${size}` : String(size),
  );
  return html(
    "div",
    "nnsight-head",
    ...(payload.name ? [html("b", "", payload.name)] : []),
    html("span", "nnsight-code nnsight-dim", payload.dtype),
    html("span", "nnsight-code", `[${payload.shape.join(", ")}]`),
    html("span", "nnsight-axes nnsight-dim", named ? axes.join(" · ") : ""),
    html("span", "nnsight-dim", formatBytes(payload.bytes)),
  );
}
