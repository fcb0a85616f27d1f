/** Files of what is on screen: a picture, a drawing, the numbers. */

import { download, pngBlob, svgBlob } from "../download.ts";
import { drawingOf as drawingOfAll } from "../drawing.ts";
import type { Look } from "./look.ts";
import type { Montage } from "./montage.ts";
import { npyOf } from "./npy.ts";
import { drawingOf, pictureName, titleOf } from "./picture.ts";
import { valuesInView, valuesOfMontage } from "./values.ts";

export async function savePicture(card: HTMLElement, look: Look, kind: "png" | "svg"): Promise<void> {
  await look.settled();
  const { scene } = look;
  const key = card.querySelector<SVGSVGElement>(".nnsight-legend");
  const figure = card.querySelector<HTMLElement>(".nnsight-figure");
  const montage = card.querySelector<HTMLElement>(".nnsight-montage");
  if (!key) return;
  const drawing = montage
    ? drawingOfAll(montage, titleOf(scene), key)
    : figure && drawingOf(scene, figure, key);
  if (drawing) download(pictureName(scene, kind), kind === "png" ? await pngBlob(drawing) : svgBlob(drawing));
}

/** The values in view; of slices side by side, all of them. */
export async function saveNumbers(look: Look, montage: Montage | undefined): Promise<void> {
  const { scene } = look;
  const { shape, dtype } = scene.payload;
  const { values, rows, cols } = montage?.drawn
    ? await valuesOfMontage(look, montage.drawn)
    : await valuesInView(look);
  const facets = montage?.drawn ? look.choices.facets.map((axis) => shape[axis]!) : [];
  const sides = scene.axes.rowAxis === null ? [cols] : [rows, cols];
  const wide = ["float64", "int64", "int32"].includes(dtype);
  download(pictureName(scene, "npy"), new Blob([npyOf(values, [...facets, ...sides], wide)]));
}
