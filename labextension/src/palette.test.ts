import { expect, test } from "vitest";
import { colourAt, cssColour, inkOn, paletteOf } from "./palette.ts";

test("ends at the stops, zero in the middle", () => {
  const palette = paletteOf("diverging", "light");
  expect([-9, 0, 9].map((x) => cssColour(colourAt(palette, x, -4, 4)))).toEqual([
    "rgb(18, 81, 154)",
    "rgb(244, 244, 241)",
    "rgb(139, 52, 0)",
  ]);
});

test.each(["light", "dark"] as const)("text on every colour of the %s palettes reaches 4.5:1", (theme) => {
  for (const colour of [...paletteOf("diverging", theme), ...paletteOf("sequential", theme)]) {
    const [r, g, b] = colour.map((c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    const contrast = inkOn(colour) === "#fff" ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05;
    expect(contrast).toBeGreaterThanOrEqual(4.5);
  }
});
