/** Right inputs for every op of the table. */
import type fc from "fast-check";
import { curveSamples } from "./curves.test.ts";
import { elementwiseSamples } from "./elementwise.test.ts";
import { layerSamples } from "./layers.test.ts";
import { movementSamples } from "./movement.test.ts";
import { placeSamples } from "./places.test.ts";
import { productSamples } from "./products.test.ts";
import { reductionSamples } from "./reduction.test.ts";
import type { Sample } from "./tensors.test.ts";

export const samples: Readonly<Record<string, fc.Arbitrary<Sample>>> = {
  ...elementwiseSamples,
  ...movementSamples,
  ...reductionSamples,
  ...layerSamples,
  ...curveSamples,
  ...placeSamples,
  ...productSamples,
};
