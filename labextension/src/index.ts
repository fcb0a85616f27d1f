/** The viewers of the extension, one folder each. A new one is a folder and a line here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { chartViewer, FIGURE_MIME } from "./chart/index.ts";
import { JOB_MIME, jobViewer } from "./job/index.ts";
import { LOG_MIME, logViewer } from "./log/index.ts";
import { viewer } from "./renderer.ts";
import { TENSOR_MIME, tensorViewer } from "./tensor/index.ts";

const viewers: IRenderMime.IExtension[] = [
  viewer("tensor", TENSOR_MIME, tensorViewer),
  viewer("figure", FIGURE_MIME, chartViewer),
  viewer("log", LOG_MIME, logViewer),
  viewer("job", JOB_MIME, jobViewer),
];

export default viewers;
