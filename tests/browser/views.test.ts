// Attention, tokens, logit lens and next tokens of SmolLM2: pixels and values against the tensors themselves, mouse and keys, both themes.
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Locator } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { formatNumber } from "../../labextension/src/format.ts";
import { colourAt, cssColour, paletteOf } from "../../labextension/src/palette.ts";
import type { NotebookPage } from "./page.ts";
import { pixelsOf } from "./pixels.ts";
import { shareServer } from "./shared.ts";
import { defineWeights, loadModel } from "./smollm2.ts";
import { writeNotebook } from "./written.ts";

const LONG = 200;
const values = [
  loadModel,
  defineWeights,
  `const pattern = await weightsOf(14, prompt);
const story = Array.from({ length: 12 }, (_, i) => "Mary gave John the book number " + i + ", and then he went to the store.").join(" ");
const many = lm.tokenizer.encode(story).slice(0, ${LONG});
const far = await weightsOf(20, lm.tokenizer.decode(many));
const logits = await lm.trace(prompt, () =>
  lm.model.layers.map((layer) => lm.lm_head(lm.model.norm(layer.output[0]))));`,
  `const text = "The Eiffel Tower is in the city of Paris, and the Colosseum is in the city of Rome. In spring the streets fill with people, who sit in front of the cafés and watch the others go by.";
const ids = lm.tokenizer.encode(text);
const guesses = await lm.trace(text, () => lm.lm_head.output.at(0).logSoftmax(-1));
const surprisal = ids.map((id, i) => (i === 0 ? NaN : -guesses.at(i - 1, id).item() / Math.LN2));
const middle = await lm.trace(text, () => lm.model.layers[10].output[0].at(0, "...", 0));`,
  `const last = logits.map((layer) => layer.at(0, -1).softmax(-1).topk(5));
console.log(JSON.stringify({
  pattern: pattern.toArray(), far: far.at(0, 3).toArray(), surprisal, middle: middle.toArray(),
  top: last.map(({ values, indices }) => [lm.tokenizer.tokens(indices.toArray() as number[]), values.toArray()]),
}));`,
];

const figures = [
  "show.attention(pattern, { tokens, layer: 14 })",
  "show.attention(far, { tokens: lm.tokenizer.tokens(many), layer: 20 })",
  "show.logitLens(logits, { tokens, tokenizer: lm.tokenizer })",
  "show.nextTokens(logits.at(-1)!, lm.tokenizer)",
  `show.tokens(lm.tokenizer.tokens(ids), surprisal, { name: "surprisal", label: "bits" })`,
  `show.tokens(lm.tokenizer.tokens(ids), middle, { label: "feature 0" })`,
];

interface Truth {
  readonly pattern: number[][][][];
  readonly far: number[][];
  readonly surprisal: (number | null)[];
  readonly middle: number[];
  readonly top: [words: string[], probabilities: number[]][];
}

const evil = '<img src="x" onerror="injected = 1">';
const evilCells = [
  `import { nn, NNsight, tensor } from "nnsight-ts";
const evil = ${JSON.stringify(evil)};
const evilWords = { tokens: (ids: readonly number[]) => ids.map(() => evil) };
show.attention(tensor([[1, 0], [0.5, 0.5]]), { tokens: [evil, evil], name: evil })`,
  "show.tokens([evil, evil], [1, -1], { name: evil, label: evil })",
  "show.nextTokens(tensor([1, 2]), evilWords, { name: evil })",
  "show.logitLens(tensor([[[1, 2]]]), { tokenizer: evilWords, tokens: [evil], name: evil })",
  `const named = new NNsight(new nn.Sequential({ [evil]: new nn.Linear(2, 2) }));
show.model(named)`,
  "show.graph(named)",
  `await using seen = named.trace(tensor([[1.5, 2]]));
const out = named.get(evil).output.save();`,
  "seen.vis()",
];

const pictures = path.resolve(import.meta.dirname, "../../docs/pictures");
const server = shareServer();
let notebook: NotebookPage;
beforeAll(async () => {
  notebook = await server.open(server.place(writeNotebook([...values, ...figures, ...evilCells])));
});

const plain = (text: string): string => text.replace(/\s+/g, " ").trim();
const readout = (card: Locator): Promise<string> => card.locator(".nnsight-readout").innerText().then(plain);
const shown = (token: string): string => token.replace(/^ /, "·");

/** The colours of the pixels of the large matrix, one a cell. */
const pixels = (card: Locator): Promise<number[][]> => pixelsOf(card.locator(".nnsight-figure canvas"));

const expectedPixels = (weights: readonly (readonly number[])[], theme: "light" | "dark"): number[][] => {
  const palette = paletteOf("sequential", theme);
  return weights.flatMap((row, query) =>
    row.map((weight, key) => (key > query ? [0, 0, 0, 0] : [...colourAt(palette, weight, 0, 1), 255])),
  );
};

async function hoverCell(card: Locator, row: number, col: number, size: number): Promise<void> {
  const box = (await card.locator(".nnsight-figure canvas").boundingBox())!;
  const at = (index: number) => (index + 0.5) / size;
  await card.page().mouse.move(box.x + at(col) * box.width, box.y + at(row) * box.height);
}

/** In `PICTURES=1` the views are kept as pictures for the documentation, in both themes. */
async function keep(card: Locator, name: string): Promise<void> {
  if (!process.env.PICTURES) return;
  mkdirSync(pictures, { recursive: true });
  await card.page().evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (const theme of ["dark", "light"] as const) {
    await notebook.theme(theme);
    await card.scrollIntoViewIfNeeded();
    const box = (await card.boundingBox())!;
    const clip = { x: box.x - 6, y: box.y - 2, width: box.width + 12, height: box.height + 8 };
    await card.page().screenshot({ path: path.join(pictures, `${name}-${theme}.png`), clip });
  }
}

test("what SmolLM2 does, in the light theme and then in the dark one", async () => {
  const { page } = notebook;
  await notebook.afresh({ width: 1180, height: 6000 });
  const outputs = (await notebook.outputs()) as { output_type: string; text?: string | string[] }[];
  expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
  const truth: Truth = JSON.parse([outputs.findLast(({ text }) => text)!.text!].flat().join(""));
  const tokens = truth.pattern[0]![0]!.length;
  const attention = page.locator(".nnsight-attention");
  await expect.poll(() => attention.count()).toBe(3);

  const card = attention.nth(0);
  await card.scrollIntoViewIfNeeded();
  const figure = card.locator(".nnsight-figure");
  expect(await pixels(card)).toEqual(expectedPixels(truth.pattern[0]![0]!, "light"));
  await keep(card, "attention");
  await hoverCell(card, 3, 2, tokens);
  expect(await readout(card)).toBe(
    `[0, 0, 3, 2] ·John → ·and ${formatNumber(truth.pattern[0]![0]![3]![2]!)}`,
  );
  await card.locator(".nnsight-head-choice").nth(7).hover();
  expect(await figure.getAttribute("aria-label")).toContain("head 7 of 9");
  expect(await pixels(card)).toEqual(expectedPixels(truth.pattern[0]![7]!, "light"));
  await page.mouse.move(2, 2);
  expect(await figure.getAttribute("aria-label")).toContain("head 0 of 9");
  await card.locator(".nnsight-head-choice").nth(0).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  expect(await card.getByRole("radio", { name: "head 4" }).getAttribute("aria-checked")).toBe("true");
  expect(await pixels(card)).toEqual(expectedPixels(truth.pattern[0]![4]!, "light"));
  await figure.focus();
  await page.keyboard.press("ArrowUp");
  const best = truth.pattern[0]![4]!.at(-1)!.indexOf(Math.max(...truth.pattern[0]![4]!.at(-1)!));
  const above = formatNumber(truth.pattern[0]![4]!.at(-2)![best]!);
  expect(await readout(card)).toMatch(new RegExp(`^\\[0, 4, ${tokens - 2}, ${best}\\] .* ${above}$`));
  await card.getByRole("button", { name: "numbers" }).click();
  const table = card.locator(".nnsight-grid[data-open]");
  await table.locator("canvas").first().waitFor();
  // The table says which cell was hit: which columns are in view depends on the cursor.
  await table.click({ position: { x: 92 + 1.5 * 68, y: 20 + 3.5 * 20 } });
  const said = () => table.locator("[role=status]").innerText();
  await expect.poll(said).toMatch(/^3 ·John, /);
  const [, hit, chosen] = /, (\d+) .*: (\S+)$/.exec(await said())!;
  expect(chosen).toBe(formatNumber(truth.pattern[0]![4]![3]![Number(hit)]!));
  await card.getByRole("button", { name: "numbers" }).click();
  await page.keyboard.press("Escape");
  await card.locator("select").selectOption("lines");
  await page.mouse.move(2, 2);
  const threads = card.locator(".nnsight-threads path");
  const drawn = truth.pattern[0]![4]!.flat().filter((weight) => weight >= 0.02).length;
  await figure.focus();
  await page.keyboard.press("Escape");
  expect(await threads.count()).toBe(drawn);
  await keep(card, "attention-lines");
  await figure.focus();
  await page.keyboard.press("ArrowUp");
  expect(await threads.count()).toBe(truth.pattern[0]![4]!.at(-2)!.filter((weight) => weight >= 0.02).length);

  const long = attention.nth(1);
  await long.locator(".nnsight-head-choice").nth(3).click();
  await expect.poll(() => pixels(long).then((all) => all.length)).toBe(LONG * LONG);
  expect(await pixels(long)).toEqual(expectedPixels(truth.far, "light"));
  await hoverCell(long, 150, 40, LONG);
  const [, row, col, value] = /^\[0, 3, (\d+), (\d+)\].* (\S+)$/.exec(await readout(long)) ?? [];
  expect([Number(row) / 150, Number(col) / 40]).toEqual([expect.closeTo(1, 1), expect.closeTo(1, 1)]); // a cell is 2 px
  expect(value).toBe(formatNumber(truth.far[Number(row)]![Number(col)]!));
  await page.mouse.move(2, 2);
  await keep(long, "attention-200");

  const lens = page.locator(".nnsight-lens").first();
  const guesses = ([words, shares]: Truth["top"][number]) =>
    words.map((word, i) => `${shown(word)} ${shares[i]! < 0.005 ? "<.01" : shares[i]!.toFixed(2).slice(1)}`);
  expect(await readout(lens)).toBe(plain(`[29, ${tokens - 1}] ${guesses(truth.top[29]!).join(" ")}`));
  await keep(lens, "logit-lens");
  await lens.locator(".nnsight-lens-row").nth(3).locator(".nnsight-lens-cell").last().hover();
  expect(await readout(lens)).toBe(plain(`[8, ${tokens - 1}] ${guesses(truth.top[8]!).join(" ")}`));
  const lensCell = lens.locator(".nnsight-lens-cell").last();
  const ground = (of: Locator) => of.evaluate((element) => getComputedStyle(element).backgroundColor);
  const teal = (theme: "light" | "dark") =>
    cssColour(colourAt(paletteOf("sequential", theme), truth.top[29]![1][0]!, 0, 1));
  expect(await ground(lensCell)).toBe(teal("light"));
  await lens.locator("select").selectOption("1");
  expect(await lens.locator("[role=rowheader]").count()).toBe(30);
  await lens.locator("select").selectOption("3");
  await lens.locator("[role=grid]").focus();
  await page.mouse.move(2, 2);
  await page.keyboard.press("ArrowUp");
  expect(await readout(lens)).toMatch(new RegExp(`^\\[26, ${tokens - 1}\\]`));

  const next = page.locator(".nnsight-next").first();
  const [words, shares] = truth.top[29]!;
  for (const [i, word] of words.entries()) {
    const row = next.locator("[role=row]").nth(i + 1);
    expect(await row.locator("[role=rowheader]").innerText()).toBe(shown(word));
    expect(await row.locator("[role=cell]").nth(1).innerText()).toBe(formatNumber(shares[i]!));
  }
  await keep(next, "next-tokens");

  const [surprisal, signed] = [
    page.locator(".nnsight-tokens").nth(0),
    page.locator(".nnsight-tokens").nth(1),
  ];
  await keep(surprisal, "tokens");
  await keep(signed, "tokens-signed");
  await surprisal.locator(".nnsight-word").nth(5).hover();
  expect(await readout(surprisal)).toMatch(new RegExp(`^\\[5\\] .* ${formatNumber(truth.surprisal[5]!)}$`));
  const word = signed.locator(".nnsight-word").nth(7);
  await word.click();
  await page.keyboard.press("ArrowRight");
  expect(await readout(signed)).toContain(`[8] `);
  expect(await readout(signed)).toMatch(new RegExp(` ${formatNumber(truth.middle[8]!)}$`));
  const signedColour = (theme: "light" | "dark") =>
    cssColour(colourAt(paletteOf("diverging", theme), truth.middle[7]!, -40, 40));
  expect(await ground(word)).toBe(signedColour("light"));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    lens.getByRole("button", { name: "svg", exact: true }).click(),
  ]);
  expect(readFileSync(await file.path(), "utf8")).toContain("Mary");

  await notebook.theme("dark");
  await expect.poll(() => ground(word)).toBe(signedColour("dark"));
  expect(await ground(lensCell)).toBe(teal("dark"));
  await card.locator("select").selectOption("matrix");
  expect(await pixels(card)).toEqual(expectedPixels(truth.pattern[0]![4]!, "dark"));
  expect(await pixels(long)).toEqual(expectedPixels(truth.far, "dark"));
  await notebook.theme("light");

  await page.setViewportSize({ width: 520, height: 6000 });
  for (const figure of [card, long, surprisal, next]) {
    const isNarrow = () =>
      figure.evaluate(
        (element) => element.clientWidth <= 520 && element.scrollWidth <= element.clientWidth + 8,
      );
    await expect.poll(isNarrow).toBe(true);
  }
  await keep(long, "attention-narrow");
  expect(notebook.errors).toEqual([]);
});

test("names with HTML in them stay text", async () => {
  if ((await notebook.page.locator(".nnsight-lens").count()) === 0) await notebook.afresh(); // run alone
  for (const kind of ["attention", "tokens", "next", "lens", "modules", "flow", "program"]) {
    const card = notebook.page.locator(`.nnsight-${kind}`).last();
    await card.scrollIntoViewIfNeeded();
    await expect.poll(() => card.textContent()).toContain(evil);
    expect(await card.locator("img").count()).toBe(0);
  }
  expect(await notebook.page.evaluate(() => "injected" in window)).toBe(false);
  expect(notebook.errors).toEqual([]);
});
