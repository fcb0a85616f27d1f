/** The part of the extension that draws outputs: one renderer for each type. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { renderer } from "./renderer.ts";
import { viewers } from "./viewers.ts";

export default (Object.keys(viewers) as (keyof typeof viewers)[]).map(
  (kind): IRenderMime.IExtension => renderer(kind),
);
