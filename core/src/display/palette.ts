/** The colours of the picture in a bundle: those of the light theme, as the viewer has them. */
export type Colour = readonly [red: number, green: number, blue: number];

const STOPS = {
  diverging: "#12519a #357bbd #68a1d2 #9ec4e2 #cfe0ed #f4f4f2 #f6dcc5 #eeb384 #db8140 #ba5610 #8b3400",
  sequential: "#f3f5f4 #cfe3df #95c5bf #4b9b96 #166a68 #0b4d4e #06383a",
};

/**
 * So many colours from the least value to the largest. The stops lie so close that a straight line between two of them
 * is the viewer's line in OKLab within a few of 255 levels.
 */
export function colours(palette: keyof typeof STOPS, count: number): Colour[] {
  const stops = STOPS[palette].split(" ").map(readColour);
  return Array.from({ length: count }, (_, i) => {
    const at = (i / (count - 1)) * (stops.length - 1);
    const left = Math.min(Math.floor(at), stops.length - 2);
    const mix = (channel: 0 | 1 | 2) =>
      Math.round(stops[left]![channel] + (stops[left + 1]![channel] - stops[left]![channel]) * (at - left));
    return [mix(0), mix(1), mix(2)];
  });
}

const readColour = (hex: string): Colour => {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
};
