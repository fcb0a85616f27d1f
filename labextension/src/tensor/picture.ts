/** A card as a PNG file: its title, legend and figure, in the colours of the page. */
import type { TensorPayload } from "nnsight-ts/display";
import { svg } from "../dom.ts";
import { GUTTER } from "./layout.ts";

const SCALE = 2;
const MARGIN = 16;
const LEGEND_TOP = 20;
const FIGURE_TOP = LEGEND_TOP + 62;
const INHERITED = [
  "fill",
  "stroke",
  "stroke-width",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "visibility",
  "opacity",
];

export async function downloadPicture(
  payload: TensorPayload,
  figure: HTMLElement,
  legend: SVGSVGElement,
): Promise<void> {
  const canvas = figure.querySelector("canvas")!;
  const drawing = figure.querySelector("svg")!;
  const [width, height] = [drawing.clientWidth, FIGURE_TOP + drawing.clientHeight];
  const title = `${payload.name ?? "tensor"}\u2002${payload.dtype}\u2002[${payload.shape.join(", ")}]`;
  const page = getComputedStyle(figure);
  const sheet = svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: width * SCALE,
      height: height * SCALE,
      viewBox: `0 0 ${width} ${height}`,
    },
    svg(
      "text",
      { x: 0, y: 14, fill: page.color, "font-family": page.getPropertyValue("--v-mono"), "font-size": 13 },
      title,
    ),
    placed(legend, width - legend.clientWidth, LEGEND_TOP),
    svg("image", {
      href: canvas.toDataURL(),
      x: GUTTER,
      y: FIGURE_TOP + canvas.offsetTop,
      ...sizeOf(canvas),
    }),
    placed(drawing, 0, FIGURE_TOP),
  );
  const picture = await rasterise(sheet, page.getPropertyValue("--v-bg"), width, height);
  save(picture, `${payload.name ?? "tensor"}.png`);
}

const sizeOf = (canvas: HTMLCanvasElement) => ({
  width: canvas.clientWidth,
  height: canvas.clientHeight,
  preserveAspectRatio: "none",
  style: "image-rendering: pixelated",
});

/** A copy at a place, with the looks that it has from the style sheet. */
function placed(source: SVGSVGElement, x: number, y: number): SVGElement {
  const copy = source.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll<SVGElement>("*");
  source.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of INHERITED) copies[i]!.style.setProperty(name, style.getPropertyValue(name));
  });
  return svg("g", { transform: `translate(${x} ${y})` }, ...copy.childNodes);
}

async function rasterise(
  sheet: SVGSVGElement,
  background: string,
  width: number,
  height: number,
): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(sheet))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: (width + 2 * MARGIN) * SCALE, height: (height + 2 * MARGIN) * SCALE });
  const context = canvas.getContext("2d")!;
  context.fillStyle = background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, MARGIN * SCALE, MARGIN * SCALE);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be drawn")))),
  );
}

function save(picture: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
