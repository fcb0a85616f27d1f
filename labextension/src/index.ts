/** The viewers of the extension, one folder each. A new one is a folder and an entry here. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { viewer } from "./renderer.ts";

const viewers: IRenderMime.IExtension[] = [
  viewer("tensor", async () => (await import("./tensor/card.ts")).tensorViewer),
  viewer("attention", async () => (await import("./attention/card.ts")).attentionViewer),
  viewer("tokens", async () => (await import("./tokens/card.ts")).tokensViewer),
  viewer("logit-lens", async () => (await import("./lens/card.ts")).lensViewer),
  viewer("next-tokens", async () => (await import("./next/card.ts")).nextViewer),
];

export default viewers;
