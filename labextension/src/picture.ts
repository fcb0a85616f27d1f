/** A saved picture as part of the page: only shapes and words of it, never anything that could run. */

const TAGS = new Set(["svg", "g", "rect", "path", "circle", "text", "image", "defs", "clipPath"]);
const ATTRIBUTES = new Set(
  (
    "x y width height d cx cy r fill stroke stroke-width stroke-linejoin stroke-dasharray class viewBox href " +
    "preserveAspectRatio font-family font-size font-weight text-anchor clip-path id rx transform data-node"
  ).split(" "),
);
let pictures = 0;

/** @throws Error when the text is no such picture */
export function readPicture(text: string): SVGSVGElement {
  const { documentElement } = new DOMParser().parseFromString(text, "image/svg+xml");
  const own = `nnsight-picture-${++pictures}`; // each picture on the page has a clip of its own
  const copy = (from: Element): SVGElement => {
    const to = document.createElementNS("http://www.w3.org/2000/svg", from.localName);
    for (const { name, value } of from.attributes) {
      if (!isSafe(name, value)) continue;
      to.setAttribute(name, name === "id" ? own : name === "clip-path" ? `url(#${own})` : value);
    }
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(child.textContent ?? "");
      else if (child instanceof Element && TAGS.has(child.localName)) to.append(copy(child));
    }
    return to;
  };
  if (documentElement.localName !== "svg") throw new Error("the output has no picture");
  return copy(documentElement) as SVGSVGElement;
}

/** Nothing is fetched: neither an image from elsewhere nor a colour behind an address. */
const isSafe = (name: string, value: string): boolean =>
  ATTRIBUTES.has(name) &&
  (name === "href"
    ? value.startsWith("data:image/png;base64,")
    : name === "clip-path" || !/url\(/i.test(value));
