/** The viewers of the extension, one folder each. A new one is a folder and an entry here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { viewer } from "./renderer.ts";

const viewers: IRenderMime.IExtension[] = [
  viewer("tensor", "application/vnd.nnsight.tensor.v1+json", async () => {
    const { tensorViewer } = await import("./tensor/index.ts");
    return tensorViewer;
  }),
];

export default viewers;
