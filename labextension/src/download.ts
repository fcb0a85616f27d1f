/** Files that the page makes, and drawings of it that stand alone. */
import { svg } from "./dom.ts";

const INHERITED = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "visibility",
  "opacity",
];
const SCALE = 2;

export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name.replace(/[^\w.[\]-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A copy of a drawing at a place, with the looks that it has from the style sheet. */
export function placed(source: SVGSVGElement, x: number, y: number): SVGElement {
  const copy = source.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll<SVGElement>("*");
  source.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of INHERITED) copies[i]!.style.setProperty(name, style.getPropertyValue(name));
  });
  return svg("g", { transform: `translate(${x} ${y})` }, ...copy.childNodes);
}

/** A sheet of that size, in px, with a margin around it. */
export function sheet(
  size: { readonly width: number; readonly height: number },
  background: string,
  parts: readonly SVGElement[],
): SVGSVGElement {
  const margin = 16;
  const [width, height] = [size.width + 2 * margin, size.height + 2 * margin];
  return svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `${-margin} ${-margin} ${width} ${height}`,
    },
    svg("rect", { x: -margin, y: -margin, width, height, fill: background }),
    ...parts,
  );
}

export const svgBlob = (drawing: SVGSVGElement): Blob =>
  new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" });

export async function pngBlob(drawing: SVGSVGElement): Promise<Blob> {
  const image = new Image();
  const text = new XMLSerializer().serializeToString(drawing);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Number(drawing.getAttribute("width")) * SCALE;
  canvas.height = Number(drawing.getAttribute("height")) * SCALE;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be drawn")))),
  );
}
