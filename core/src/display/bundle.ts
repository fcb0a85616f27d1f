/** The MIME bundle of a tensor: data for our viewer, a picture for those who have none, text for a terminal. */
import type { Host } from "../tensor/host.ts";
import { encodeBase64 } from "./base64.ts";
import type { Tokens, Where } from "./payload.ts";
import { tensorPayload } from "./payload.ts";
import { drawPicture } from "./picture.ts";

export const TENSOR_MIME = "application/vnd.nnsight.tensor.v1+json";

/** What the caller knows of a tensor beyond its numbers. */
export interface About {
  /** The expression that gives it, such as `model.layers.6.output[0]`. */
  readonly name?: string;
  /** The TypeScript that reaches it. */
  readonly expression?: string;
  /** A name for each dimension that has one. */
  readonly axes?: readonly (string | undefined)[];
  /** The tokens along one dimension. */
  readonly tokens?: Tokens;
  /** The line that made it. */
  readonly where?: Where;
  /** By which the kernel knows it, if it can be asked for more. */
  readonly id?: string;
  /** The tensor as torch prints it. */
  readonly text: string;
}

/** @example display(tensorBundle(host, { name: "logits", text: "tensor([...])" })) */
export function tensorBundle(host: Host, about: About): Record<string, unknown> {
  const payload = tensorPayload(host, about);
  const picture = host.shape.length > 0 && payload.preview && drawPicture(payload.preview, payload.range);
  return {
    [TENSOR_MIME]: payload,
    ...(picture && { "image/png": encodeBase64(picture) }),
    "text/plain": about.text,
  };
}
