/** The viewers of the extension, one folder each. A new one is a folder and a line here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { ATTENTION_MIME, attentionViewer } from "./attention/index.ts";
import { viewer } from "./renderer.ts";
import { TENSOR_MIME, tensorViewer } from "./tensor/index.ts";

const viewers: IRenderMime.IExtension[] = [
  viewer("tensor", TENSOR_MIME, tensorViewer),
  viewer("attention", ATTENTION_MIME, attentionViewer),
];

export default viewers;
