// What a canvas shows, by value.
import type { Locator } from "playwright-core";

/** Red, green, blue and opacity of each pixel, row by row. They come as text: a page gives a million numbers one by one in seconds. */
export async function pixelsOf(canvas: Locator): Promise<number[][]> {
  const text = await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    return (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height).data.join();
  });
  const parts = text.split(",").map(Number);
  return Array.from({ length: parts.length / 4 }, (_, i) => parts.slice(4 * i, 4 * i + 4));
}
