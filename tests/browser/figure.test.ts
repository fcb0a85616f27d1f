// Figures of `figure({ data, layout })` against a real kernel: what is drawn, by value, in both themes.
import { expect, test } from "vitest";
import { colourAt, paletteOf } from "../../labextension/src/palette.ts";
import { picture } from "./pictures.ts";
import { shareServer } from "./shared.ts";
import { writeNotebook } from "./written.ts";

const cells = [
  `import { figure, ops } from "nnsight-ts";
const step = Array.from({ length: 400 }, (_, i) => i + 1);
const loss = (rate: number) => step.map((i) => 4.2 * Math.exp(-i / rate) + 0.12 + 0.05 * Math.sin(i * i));
display(figure({
  data: [{ x: step, y: loss(90), name: "plain" }, { x: step, y: loss(45), name: "warm start" }],
  layout: { title: "Training", xaxis: { title: "step" }, yaxis: { title: "loss", type: "log" }, height: 280 },
}));`,
  `const z = ops.arange(120).reshape([8, 15]).sub(60).to("float32");
display(figure({ data: [{ type: "heatmap", z }], layout: { title: "Scores", yaxis: { autorange: "reversed", title: "layer" }, xaxis: { title: "head" }, height: 220 } }));`,
  `display(figure({
  data: [
    { type: "bar", x: ["Paris", "London", "Rome"], y: [0.71, 0.12, 0.08], name: "clean" },
    { type: "bar", x: ["Paris", "London", "Rome"], y: [0.22, 0.55, 0.05], name: "patched" },
  ],
  layout: { title: "Next token", yaxis: { title: "probability" }, height: 240 },
}));`,
  `const normal = Array.from({ length: 4000 }, (_, i) => Math.sqrt(-2 * Math.log((i + 0.5) / 4000)) * Math.cos(i * 2.399963));
display(figure({ data: [{ type: "histogram", x: normal }], layout: { xaxis: { title: "value" }, yaxis: { title: "count" }, height: 220 } }));`,
  `display(figure({ data: [{ y: [1, 2], name: '<img src="x">' }], layout: { title: '<img src="x" onerror="window.injected = true">' } }));`,
];

const server = shareServer();

test("lines, heatmaps, bars and histograms: values under the pointer, colours of the theme, words as text", async () => {
  const notebook = await server.open(server.place(writeNotebook(cells)));
  const { page } = notebook;
  await notebook.runAll();
  const charts = page.locator(".nnsight-chart");
  await expect
    .poll(() => page.locator('.nnsight-chart[data-drawn="light"]').count(), { timeout: 30_000 })
    .toBe(5);
  const shown = page.locator('.nnsight-chart:not(:has-text("injected"))');
  const readout = (card: number) =>
    charts
      .nth(card)
      .locator(".nnsight-readout")
      .innerText()
      .then((text) => text.replace(/\s+/g, " ").replace(/−/g, "-").trim());

  await charts.nth(0).locator(".nnsight-plotly").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  const third = 4.2 * Math.exp(-3 / 90) + 0.12 + 0.05 * Math.sin(9);
  await expect.poll(() => readout(0)).toBe(`plain 3.00 ${third.toPrecision(3)}`);

  const heat = charts.nth(1);
  await heat.scrollIntoViewIfNeeded();
  const box = (await heat.locator(".heatmaplayer image").boundingBox())!;
  await page.mouse.move(box.x + (4.5 / 15) * box.width, box.y + (2.5 / 8) * box.height);
  await expect.poll(() => readout(1)).toBe(`4.00, 2.00 ${(2 * 15 + 4 - 60).toFixed(1)}`);
  /** The colour in the middle of each cell. */
  const pixels = () =>
    heat.locator(".heatmaplayer image").evaluate(async (element) => {
      const image = new Image();
      image.src = element.getAttribute("href")!;
      await image.decode();
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: image.width, height: image.height });
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return Array.from({ length: 120 }, (_, i) => {
        const x = Math.floor((((i % 15) + 0.5) / 15) * image.width);
        const y = Math.floor(((Math.floor(i / 15) + 0.5) / 8) * image.height);
        return [...context.getImageData(x, y, 1, 1).data.subarray(0, 3)];
      });
    });
  /** plotly.js goes straight from one of 33 colours to the next. */
  const away = async (theme: "light" | "dark") => {
    const palette = paletteOf("diverging", theme);
    const drawn = await pixels();
    const parts = drawn.flatMap((colour, i) =>
      colourAt(palette, i - 60, -80, 80).map((part, k) => Math.abs(part - colour[k]!)),
    );
    return Math.max(...parts);
  };
  await expect.poll(() => away("light")).toBeLessThan(6);

  expect(await charts.nth(4).locator(".nnsight-plotly").innerText()).toContain(
    '<img src="x" onerror="window.injected = true">',
  );
  expect(await charts.nth(4).locator("img").count()).toBe(0);
  expect(await page.evaluate(() => "injected" in window)).toBe(false);
  await charts.nth(2).scrollIntoViewIfNeeded();
  const bar = (await charts.nth(2).locator(".bars .point path").nth(0).boundingBox())!;
  await page.mouse.move(bar.x + bar.width / 2, bar.y + 4);
  await expect.poll(() => readout(2)).toBe("clean Paris 0.710");

  await picture(notebook, "figure", shown);
  await notebook.theme("dark");
  await expect.poll(() => away("dark")).toBeLessThan(6);
  const outputs = await notebook.outputs();
  for (const { data } of outputs) expect(JSON.stringify(data).length).toBeLessThan(64 * 1024);
  expect(notebook.errors).toEqual([]);
});
