/** SVG as text. Colours stand as attributes for any reader, and as classes that a page may colour anew. */

/** An element; what is in `text` is escaped, what is in `inside` is not. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  inside = "",
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escaped(value!)}"`);
  return inside ? `<${name}${written.join("")}>${inside}</${name}>` : `<${name}${written.join("")}/>`;
}

/** A tenth of a px is enough. */
export const short = (x: number): string => String(Math.round(x * 10) / 10);

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Told apart without red and green, the first ones best. */
export const SERIES = ["#12519a", "#db8140", "#166a68", "#68a1d2", "#8b3400", "#7a7a7a"];

export const INKS = { ink: "#1f1f1f", soft: "#666666", line: "#e0e0e0", tick: "#b4b4b4", page: "#ffffff" };

export type Ink = keyof typeof INKS;

export const fill = (ink: Ink) => ({ class: `f-${ink}`, fill: INKS[ink] });
export const stroke = (ink: Ink) => ({ class: `s-${ink}`, stroke: INKS[ink], fill: "none" });

/** The colour of a series: the user's own, or the next of ours. */
export const seriesFill = (place: number, own: unknown) =>
  typeof own === "string"
    ? { fill: own }
    : { class: `f-${place % SERIES.length}`, fill: SERIES[place % SERIES.length] };

export const seriesStroke = (place: number, own: unknown) =>
  typeof own === "string"
    ? { stroke: own, fill: "none" }
    : { class: `s-${place % SERIES.length}`, stroke: SERIES[place % SERIES.length], fill: "none" };

const SANS = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

export const text = (
  words: string,
  x: number,
  y: number,
  more: Readonly<Record<string, string | number | undefined>> = {},
): string =>
  words &&
  element("text", { x, y, "font-family": SANS, "font-size": 11, ...fill("soft"), ...more }, escaped(words));
