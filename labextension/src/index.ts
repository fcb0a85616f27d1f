/** The viewers of the extension, one folder each. A new one is a folder and a line here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { viewer } from "./renderer.ts";
import { drawTensor, TENSOR_MIME } from "./tensor/index.ts";

const viewers: IRenderMime.IExtension[] = [viewer("tensor", TENSOR_MIME, drawTensor)];

export default viewers;
