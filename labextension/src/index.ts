/** The viewers of the extension, one folder each. A new one is a folder and a line here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { ATTENTION_MIME, attentionViewer } from "./attention/index.ts";
import { LOGIT_LENS_MIME, lensViewer } from "./lens/index.ts";
import { NEXT_TOKENS_MIME, nextViewer } from "./next/index.ts";
import { viewer } from "./renderer.ts";
import { TENSOR_MIME, tensorViewer } from "./tensor/index.ts";
import { TOKENS_MIME, tokensViewer } from "./tokens/index.ts";

const viewers: IRenderMime.IExtension[] = [
  viewer("tensor", TENSOR_MIME, tensorViewer),
  viewer("attention", ATTENTION_MIME, attentionViewer),
  viewer("tokens", TOKENS_MIME, tokensViewer),
  viewer("logit-lens", LOGIT_LENS_MIME, lensViewer),
  viewer("next-tokens", NEXT_TOKENS_MIME, nextViewer),
];

export default viewers;
