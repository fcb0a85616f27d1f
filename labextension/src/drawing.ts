/** What is on screen as one drawing: a title over the canvases, drawings and coloured words of a figure. */
import { svg } from "./dom.ts";
import { download, placed, pngBlob, sheet, svgBlob } from "./download.ts";

const TITLE = 28;
/** With a legend beside the title. */
const LEGEND = 62;

/** Words that a drawing takes over have this attribute, with or without a colour behind them. */
const DRAWN = "data-drawn";

export function drawn<Node extends HTMLElement>(word: Node): Node {
  word.setAttribute(DRAWN, "");
  return word;
}

export function drawingOf(figure: HTMLElement, title: string, legend?: SVGSVGElement): SVGSVGElement {
  const top = legend ? LEGEND : TITLE;
  const page = getComputedStyle(figure);
  const origin = figure.getBoundingClientRect();
  const at = (element: Element) => {
    const { left, top: y, width, height } = element.getBoundingClientRect();
    return { x: left - origin.left, y: y - origin.top + top, width, height };
  };
  const heading = {
    x: 0,
    y: 14,
    fill: page.color,
    "font-family": page.getPropertyValue("--v-mono"),
    "font-size": 13,
    "font-weight": 600,
  };
  return sheet({ width: origin.width, height: origin.height + top }, page.getPropertyValue("--v-bg"), [
    svg("text", heading, title),
    ...(legend ? [placed(legend, origin.width - legend.clientWidth, 0)] : []),
    ...[...figure.querySelectorAll("canvas")].map((canvas) =>
      svg("image", {
        href: canvas.toDataURL(),
        ...at(canvas),
        preserveAspectRatio: "none",
        style: "image-rendering: pixelated",
      }),
    ),
    ...[...figure.querySelectorAll<HTMLElement>(`[${DRAWN}]`)].flatMap((word) => drawnWord(word, at(word))),
    ...[...figure.querySelectorAll<SVGSVGElement>("svg")].map((drawing) => {
      const { x, y } = at(drawing);
      return placed(drawing, x, y);
    }),
  ]);
}

function drawnWord(
  word: HTMLElement,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): SVGElement[] {
  const style = getComputedStyle(word);
  const text = {
    x: box.x + Number.parseFloat(style.paddingLeft),
    y: box.y + box.height / 2 + 4,
    fill: style.color,
    "font-family": style.fontFamily,
    "font-size": style.fontSize,
    "font-weight": style.fontWeight,
    "xml:space": "preserve",
  };
  const isCentred = style.textAlign === "center";
  const place = isCentred ? { x: box.x + box.width / 2, "text-anchor": "middle" } : {};
  return [
    svg("rect", { ...box, fill: style.backgroundColor }),
    svg("text", { ...text, ...place }, word.textContent ?? ""),
  ];
}

/** Gives the reader a file of what is on screen. */
export async function savePicture(figure: HTMLElement, name: string, kind: "png" | "svg"): Promise<void> {
  const drawing = drawingOf(figure, name);
  download(`${name}.${kind}`, kind === "png" ? await pngBlob(drawing) : svgBlob(drawing));
}
