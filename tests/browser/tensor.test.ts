// The tensor viewer against a real kernel: pixels and numbers by value, mouse and keys, what happens when the kernel is busy, silent or gone.
import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { formatValue } from "../../labextension/src/format.ts";
import { colourAt, paletteOf } from "../../labextension/src/palette.ts";
import { LossyWire } from "./lossy.ts";
import type { NotebookPage } from "./page.ts";
import { pixelsOf } from "./pixels.ts";
import { shareServer } from "./shared.ts";
import { writeNotebook } from "./written.ts";

/** `stack[a, b, c]` is 100 a + 10 b + c - 150, but for one that is not a number; `wide` has one outlier in its middle. */
const cells = [
  `import { ops, tensor } from "nnsight-ts";
const stack = ops.arange(300).reshape([3, 10, 10]).sub(150).to("float32");
stack.set([1, 2, 3], Number.NaN);
stack`,
  `const wide = ops.zeros([3000, 2000]);
wide.set([1500, 1234], 77);
wide`,
  `const bad = '<img src="x" onerror="window.injected = true">';
display({ "application/vnd.nnsight.tensor.v1+json": {
  name: bad, dtype: "float32", shape: [1, 2], bytes: 8, axes: [bad, bad], tokens: { axis: 1, labels: [bad, bad] },
  where: { line: bad, module: bad },
  statistics: { count: 2, min: 0, max: 1, mean: 0.5, std: 0.7, medianSize: 1, p99Size: 1, zero: 1, nan: 0, positiveInfinity: 0, negativeInfinity: 0, approximate: false },
  histogram: [1, 1], range: { lo: 0, hi: 1, palette: "sequential" },
  preview: { rowAxis: 0, colAxis: 1, fixed: [], rows: 1, cols: 2, pool: [1, 1], encoding: "uint8", data: "AAE=", rms: [], outliers: [] },
}, "text/plain": "plain" }, { raw: true });`,
  "const rising = ops.arange(6_000_000).reshape([3000, 2000]); rising",
  "const nothing = ops.zeros([2, 3, 4, 8, 16]).div(0); nothing",
];

const stackAt = (a: number, b: number, c: number): number =>
  a === 1 && b === 2 && c === 3 ? Number.NaN : 100 * a + 10 * b + c - 150;

const wire = new LossyWire();
const server = shareServer();
let notebook: NotebookPage;
beforeAll(async () => {
  notebook = await server.open(server.place(writeNotebook(cells)), { prepare: wire.prepare });
  await notebook.afresh();
  await notebook.page.locator(".nnsight-tensor canvas").nth(4).waitFor();
});
beforeEach(async () => {
  await notebook.theme("light");
  notebook.errors.length = 0;
});

/** The figure of a cell that has run again: as it is at first. */
async function cardOf({ page }: NotebookPage, index: number): Promise<Locator> {
  const card = page.locator(".nnsight-tensor").nth(index);
  await page.mouse.move(2, 2);
  await card.evaluate((node) => node.setAttribute("data-old", ""));
  await notebook.run(index);
  await expect.poll(() => card.getAttribute("data-old")).toBeNull();
  await card.locator("canvas").waitFor();
  return card;
}

const readout = (card: Locator): Promise<string> =>
  card
    .locator(".nnsight-readout")
    .innerText()
    .then((text) => text.replace(/\s+/g, " ").replace(/−/g, "-").trim());

/** The pixels of a heatmap, one a cell. */
const pixels = (card: Locator): Promise<number[][]> => pixelsOf(card.locator("canvas.nnsight-heatmap"));

async function hover(card: Locator, row: number, col: number, rows: number, cols: number): Promise<void> {
  await card.scrollIntoViewIfNeeded();
  const box = (await card.locator("canvas").boundingBox())!;
  await card
    .page()
    .mouse.move(box.x + ((col + 0.5) / cols) * box.width, box.y + ((row + 0.5) / rows) * box.height);
}

async function slideTo(card: Locator, index: number): Promise<void> {
  await card.locator("input[type=range]").first().focus();
  await card.page().keyboard.press("Home");
  for (let i = 0; i < index; i++) await card.page().keyboard.press("ArrowRight");
}

/** What plotly.js keeps of a figure on its element. */
interface Plot {
  readonly layout?: { readonly yaxis: { readonly type: string } };
}

/** What a slice of `stack` looks like. */
const expectedPixels = (a: number, theme: "light" | "dark", reach = 200): number[][] => {
  const palette = paletteOf("diverging", theme);
  return Array.from({ length: 100 }, (_, i) => {
    const value = stackAt(a, Math.floor(i / 10), i % 10);
    return Number.isNaN(value) ? [0, 0, 0, 0] : [...colourAt(palette, value, -reach, reach), 255];
  });
};

test("every pixel has the colour of its value, in every slice and both themes; missing values let the page through", async () => {
  const card = await cardOf(notebook, 0);
  expect(await pixels(card)).toEqual(expectedPixels(0, "light"));
  expect(await card.locator(".nnsight-lines").innerText()).toMatch(/nan\s*1\s*inf\s*0/);
  await notebook.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await card.getByRole("button", { name: "copy expression" }).click();
  await expect.poll(() => notebook.page.evaluate(() => navigator.clipboard.readText())).toBe("stack");
  await slideTo(card, 1);
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "light"));
  await hover(card, 2, 3, 10, 10);
  expect(await readout(card)).toBe("[1, 2, 3] nan");
  await hover(card, 9, 4, 10, 10);
  expect(await readout(card)).toBe("[1, 9, 4] 44.0");
  await notebook.theme("dark");
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "dark"));
  await notebook.theme("light");
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "light"));
  expect(notebook.errors).toEqual([]);
});

test("from afar the outlier is seen, nearer its exact place; keys do all of it", async () => {
  const card = await cardOf(notebook, 1);
  await expect.poll(() => readout(card)).toBe("[1496:1504, 1232:1236] 77.0 largest |x|");
  const outlier = String([...colourAt(paletteOf("sequential", "light"), 77, 0, 80), 255]);
  const seen = async () => (await pixels(card)).filter((pixel) => String(pixel) === outlier).length;
  await expect.poll(seen).toBe(1);
  const figure = card.locator(".nnsight-figure");
  await figure.focus();
  await notebook.page.keyboard.press("ArrowRight");
  await notebook.page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 8; i++) {
    await notebook.page.keyboard.press("+");
    await expect.poll(() => figure.getAttribute("aria-busy")).toBe("false");
  }
  await expect.poll(seen).toBe(1);
  expect(await figure.getAttribute("aria-label")).toMatch(
    /\d+ rows from 1.4\d\d of 3.000 by \d+ columns from 1.2\d\d of 2.000/,
  );
  await notebook.page.keyboard.press("Escape");
  expect(await readout(card)).toBe("[1500, 1234] 77.0 largest |x|");
  await notebook.page.keyboard.press("0");
  await expect.poll(() => figure.getAttribute("aria-label")).toMatch(/3000 rows by 2000 columns/);
  expect(notebook.errors).toEqual([]);
});

test("nearer, a picture of bytes stands first, a colour beside the exact one at most; what is read under the pointer is exact", async () => {
  const card = await cardOf(notebook, 3);
  const figure = card.locator(".nnsight-figure");
  await expect.poll(() => figure.getAttribute("aria-busy")).toBe("false");
  const { pairs, drawings, texts, at } = await figure.evaluate(async (node) => {
    const frame = () => new Promise(requestAnimationFrame);
    const canvas = () => node.querySelector("canvas")!;
    const pixels = () => {
      const { width, height } = canvas();
      return new Uint32Array(canvas().getContext("2d")!.getImageData(0, 0, width, height).data.buffer);
    };
    const drawings = new Set<Element>();
    const texts: string[] = [];
    const readout = node.closest(".nnsight-tensor")!.querySelector(".nnsight-readout")!;
    new MutationObserver(() => texts.push(readout.textContent)).observe(readout, { childList: true });
    let rough = new Uint32Array();
    const drawn = new Promise<void>((done) => {
      new MutationObserver(() => {
        if (rough.length > 0) return;
        rough = pixels();
        drawings.add(node.querySelector("svg")!);
        const { left, top, width, height } = canvas().getBoundingClientRect();
        const place = { clientX: left + width / 2, clientY: top + height / 2 };
        node.dispatchEvent(new MouseEvent("mousemove", { ...place, bubbles: true }));
        done();
      }).observe(node, { attributeFilter: ["aria-label"] });
    });
    node.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
    await drawn; // by the bytes; what comes after them draws no label
    while (node.ariaBusy !== "false") await frame();
    drawings.add(node.querySelector("svg")!);
    const [, row, col] = /\[\d+:(\d+), (?:\d+:)?(\d+)\]/.exec(texts.at(-1)!)!;
    const exact = pixels();
    const pairs = new Set(Array.from(rough, (colour, i) => `${colour} ${exact[i]}`));
    return { pairs: [...pairs], drawings: drawings.size, texts, at: [Number(row), Number(col)] };
  });
  const palette = paletteOf("sequential", "light").map(
    ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0,
  );
  const near = palette.flatMap((a, i) => [-1, 0, 1].map((step) => `${a} ${palette[i + step]}`));
  expect(pairs.length).toBeGreaterThan(100);
  expect(pairs.filter((pair) => !near.includes(pair))).toEqual([]);
  expect(drawings).toBe(1); // what stands around the cells was left alone
  const last = 2000 * (at[0]! - 1) + (at[1]! - 1);
  const values = texts.map((text) => text.replace(/^.*\]/, "").replace("largest |x|", ""));
  expect(new Set(values.slice(values.indexOf("…")))).toEqual(new Set(["…", formatValue(last, "int64")]));
  expect(notebook.errors).toEqual([]);
});

test("sliders that do not fit into a line go to the next; of missing values none is the largest", async () => {
  const card = await cardOf(notebook, 4);
  const shown = card.locator(".nnsight-slice button", { hasText: "all" });
  await expect.poll(() => shown.count()).toBe(3);
  const isSeen = (node: Element): boolean => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === node;
  };
  await card.scrollIntoViewIfNeeded();
  for (let i = 0; i < 3; i++) expect(await shown.nth(i).evaluate(isSeen)).toBe(true);
  expect(await readout(card)).toBe("");
  await hover(card, 2, 3, 8, 16);
  expect(await readout(card)).toBe("[0, 0, 0, 2, 3] nan");
  await shown.last().click();
  await card.locator(".nnsight-facet").last().hover();
  await expect.poll(() => readout(card)).toBe("dim 2 = 3");
});

test("dragging a frame looks nearer, dragging on moves; the mean of a cell is its mean", async () => {
  const { page } = notebook;
  const card = await cardOf(notebook, 1);
  await card.getByLabel("What a cell shows").selectOption("mean");
  await expect.poll(() => readout(card)).toMatch(/\] (0\.\d+|\d\.\d+) largest/);
  await card.getByLabel("What a cell shows").selectOption("absmax");
  const drag = async (from: [number, number], to: [number, number]) => {
    const box = (await card.locator("canvas").boundingBox())!;
    await page.mouse.move(box.x + from[0] * box.width, box.y + from[1] * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + to[0] * box.width, box.y + to[1] * box.height, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => card.locator(".nnsight-figure").getAttribute("aria-busy")).toBe("false");
  };
  await card.scrollIntoViewIfNeeded();
  await drag([0.5, 0.4], [0.7, 0.6]);
  const label = () => card.locator(".nnsight-figure").getAttribute("aria-label");
  const first = await label();
  expect(first).toMatch(/rows from/);
  await drag([0.5, 0.5], [0.3, 0.5]);
  expect(await label()).not.toBe(first);
  expect(notebook.errors).toEqual([]);
});

test("numbers, histogram, all slices side by side, and the file of what is in view", async () => {
  const card = await cardOf(notebook, 0);
  await slideTo(card, 2);
  await card.getByRole("button", { name: "numbers" }).click();
  const table = card.locator(".nnsight-grid[data-open]");
  await table.locator("canvas").first().waitFor();
  // Heads are 92 px wide and 20 high, cells 68 by 20.
  const clicked = () =>
    table.click({ position: { x: 92 + 4.5 * 68, y: 20 + 3.5 * 20 } }).then(() => readout(card));
  await expect.poll(clicked).toBe("[2, 3, 4] 84.0"); // the first may come before the table stands still
  await expect.poll(() => table.locator("[role=status]").innerText()).toBe("3, 4: 84.0");
  await notebook.page.keyboard.press("ArrowDown");
  await expect.poll(() => table.locator("[role=status]").innerText()).toBe("4, 4: 94.0");
  await card.getByRole("button", { name: "histogram" }).click();
  await expect
    .poll(() => card.locator(".nnsight-histogram").innerText())
    .toContain("100 values of this slice");
  const counts = card.locator(".nnsight-histogram .nnsight-plotly");
  const scale = () => counts.evaluate((plot) => (plot as unknown as Plot).layout?.yaxis.type);
  await expect.poll(scale).toBe("log");
  await card.getByLabel("Scale of the counts").selectOption("linear");
  await expect.poll(scale).toBe("linear");
  const [file] = await Promise.all([
    notebook.page.waitForEvent("download"),
    card.getByRole("button", { name: "npy" }).click(),
  ]);
  const bytes = readFileSync(await file.path());
  const numbers = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + bytes.length - 400, bytes.byteOffset + bytes.length),
  );
  expect([...numbers]).toEqual(Array.from({ length: 100 }, (_, i) => 50 + i));
  await card.getByRole("button", { name: "all" }).click();
  await expect.poll(() => card.locator(".nnsight-facet canvas").count()).toBe(3);
  const [all] = await Promise.all([
    notebook.page.waitForEvent("download"),
    card.getByRole("button", { name: "npy" }).click(),
  ]);
  const cube = readFileSync(await all.path());
  expect(cube.toString("latin1")).toContain("'shape': (3, 10, 10)");
  expect(cube.readFloatLE(cube.length - 4)).toBe(stackAt(2, 9, 9));
  const [side] = await Promise.all([
    notebook.page.waitForEvent("download"),
    card.getByRole("button", { name: "svg", exact: true }).click(),
  ]);
  expect(readFileSync(await side.path(), "utf8").match(/<image /g)).toHaveLength(3);
  await card.getByRole("button", { name: "dim 0 = 1" }).click();
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "light"));
  expect(notebook.errors).toEqual([]);
});

test("colours reach as far as is chosen, to both sides alike, and in slices side by side mean the same or to each its own", async () => {
  const card = await cardOf(notebook, 0);
  const reach = card.getByLabel("What the colours reach to");
  await slideTo(card, 1); // from -50 to 49
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "light"));
  await reach.selectOption("view");
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(1, "light", 50));
  await card.getByRole("button", { name: "all" }).click();
  const facets = card.locator(".nnsight-facet canvas");
  await expect.poll(() => facets.count()).toBe(3);
  const own = [200, 50, 200];
  for (const a of [0, 1, 2])
    await expect.poll(() => pixelsOf(facets.nth(a))).toEqual(expectedPixels(a, "light", own[a]));
  await reach.selectOption("robust");
  for (const a of [0, 1, 2])
    await expect.poll(() => pixelsOf(facets.nth(a))).toEqual(expectedPixels(a, "light"));
});

test("a picture and a drawing of what is on screen", async () => {
  const card = await cardOf(notebook, 0);
  for (const [name, begin] of [
    ["png", "\x89PNG"],
    ["svg", "<svg"],
  ] as const) {
    const [file] = await Promise.all([
      notebook.page.waitForEvent("download"),
      card.getByRole("button", { name, exact: true }).click(),
    ]);
    expect(readFileSync(await file.path(), "latin1").slice(0, 4)).toBe(begin);
  }
});

test("after a reload the figure asks again; after a restart the picture stands and says so", async () => {
  await notebook.command("docmanager:save");
  await notebook.page.reload();
  await notebook.page.locator(".nnsight-tensor canvas").first().waitFor();
  await notebook.ready();
  const card = notebook.page.locator(".nnsight-tensor").first();
  await expect.poll(() => card.locator("input[type=range]").isEnabled()).toBe(true);
  await slideTo(card, 2);
  await expect.poll(() => pixels(card)).toEqual(expectedPixels(2, "light"));
  await notebook.restart();
  await expect
    .poll(() => card.locator("[role=status]").innerText(), { timeout: 15_000 })
    .toBe("no longer in the kernel: run the cell again");
  expect(await card.locator("input[type=range]").isEnabled()).toBe(false);
  expect(await pixels(card)).toEqual(expectedPixels(2, "light"));
});

test("lost messages are asked for again", async () => {
  const card = await cardOf(notebook, 0);
  await expect.poll(() => card.locator("input[type=range]").isEnabled()).toBe(true);
  wire.toLose = 3; // a question, the same once more, and its answer or the question of another slot
  await slideTo(card, 1);
  await expect.poll(() => card.locator("[role=status]").innerText()).toBe("waiting for the kernel");
  await expect.poll(() => pixels(card), { timeout: 20_000 }).toEqual(expectedPixels(1, "light"));
  expect(wire.toLose).toBe(0);
  await expect.poll(() => card.locator("[role=status]").innerText()).toBe("");
});

test("while a cell computes the figure waits, and has the newest slice afterwards", async () => {
  const card = await cardOf(notebook, 0);
  await notebook.page.evaluate(() => {
    const { kernel } = (
      window as unknown as {
        jupyterapp: {
          shell: {
            currentWidget: {
              sessionContext: { session: { kernel: { requestExecute(content: object): unknown } } };
            };
          };
        };
      }
    ).jupyterapp.shell.currentWidget.sessionContext.session;
    kernel.requestExecute({ code: "const end = Date.now() + 2500; while (Date.now() < end);", silent: true });
  });
  await notebook.page.waitForTimeout(300);
  await slideTo(card, 2);
  await expect.poll(() => card.locator("[role=status]").innerText()).toBe("waiting for the kernel");
  await expect.poll(() => pixels(card), { timeout: 10_000 }).toEqual(expectedPixels(2, "light"));
});

test("a figure is not painted while it is off the screen", async () => {
  const card = await cardOf(notebook, 0);
  const isPainted = () =>
    card.locator("canvas").evaluate((node) => node.checkVisibility({ contentVisibilityAuto: true }));
  await card.scrollIntoViewIfNeeded();
  await expect.poll(isPainted).toBe(true);
  await card.evaluate((node) => Object.assign(node.style, { position: "relative", top: "-20000px" }));
  await expect.poll(isPainted).toBe(false);
  await card.evaluate((node) => Object.assign(node.style, { position: "", top: "" }));
  await expect.poll(isPainted).toBe(true);
});

test("names with HTML in them stay text", async () => {
  const card = await cardOf(notebook, 2);
  await card.getByRole("button", { name: "numbers" }).click();
  expect(await card.innerText()).toContain('<img src="x" onerror="window.injected = true">');
  expect(await card.locator("img").count()).toBe(0);
  expect(await notebook.page.evaluate(() => "injected" in window)).toBe(false);
});

test("settings and commands reach the figure", async () => {
  const card = await cardOf(notebook, 0);
  await card.locator(".nnsight-figure").focus();
  await notebook.command("nnsight:numbers");
  await card.locator(".nnsight-grid[data-open]").waitFor();
  const before = await pixels(card);
  await notebook.command("settingeditor:open", { query: "nnsight" });
  await notebook.page.locator(".jp-SettingsPanel select[id*=palette]").selectOption({ label: "grey" });
  await notebook.page.locator(".lm-DockPanel .lm-TabBar-tab", { hasText: "test.ipynb" }).click();
  await expect.poll(() => pixels(card)).not.toEqual(before);
  await notebook.page
    .locator(".lm-DockPanel .lm-TabBar-tab", { hasText: "Settings" })
    .locator(".lm-TabBar-tabCloseIcon")
    .click();
});
