/** PLACEHOLDER of the lead until the real one is here: overwrite. */
import type { Host } from "./host.ts";
export const printTensor = (host: Host): string =>
  `tensor(${Array.from(host.data as Float32Array)
    .slice(0, 10)
    .join(", ")}, shape=[${host.shape}])`;
