// Draws the pictures of the viewers for the documentation, with the real model; only when it is asked to: DRAW_PICTURES=1.
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { startLab } from "./lab.ts";
import { launch, NotebookPage } from "./page.ts";
import { writeNotebook } from "./written.ts";

const folder = path.resolve(import.meta.dirname, "../../docs/pictures");

const cells = [
  `import { LanguageModel, ops } from "nnsight-ts";
const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
const prompt = "When Mary and John went to the store, John gave a drink to";`,
  `const resid = await lm.trace(prompt, () => lm.model.layers[6].output[0]);
resid`,
  `const stream = await lm.trace(prompt, () => ops.stack(lm.model.layers.map((layer) => layer.output[0]), 0));
stream`,
  `lm.model.embed_tokens.weight`,
];

const settled = (card: Locator) =>
  expect
    .poll(() => card.locator(".nnsight-figure, .nnsight-montage").first().getAttribute("aria-busy"), {
      timeout: 60_000,
    })
    .toBe("false");

test.skipIf(!process.env.DRAW_PICTURES).for(["light", "dark"] as const)(
  "pictures in the %s theme",
  async (theme) => {
    mkdirSync(folder, { recursive: true });
    await using lab = await startLab(writeNotebook(cells), theme);
    const browser = await launch();
    const notebook = await NotebookPage.open(browser, lab.url, undefined, 2);
    const { page } = notebook;
    await notebook.runAll();
    await page.setViewportSize({ width: 1180, height: 1400 });
    await page.addStyleTag({ content: ".jp-OutputPrompt { visibility: hidden; }" });
    const card = (index: number) => page.locator(".nnsight-tensor").nth(index);
    const shoot = async (index: number, name: string) => {
      await page.mouse.move(2, 2);
      await card(index).scrollIntoViewIfNeeded();
      await settled(card(index));
      await page.waitForTimeout(300);
      const box = (await card(index).boundingBox())!;
      const clip = { x: box.x - 12, y: box.y, width: 844, height: box.height + 4 };
      await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`), clip });
    };
    await expect.poll(() => page.locator(".nnsight-tensor canvas").count(), { timeout: 60_000 }).toBe(3);

    await card(0).scrollIntoViewIfNeeded();
    const heat = (await card(0).locator("canvas").boundingBox())!;
    await page.mouse.click(heat.x + 411.5, heat.y + 9.5 * 16);
    await shoot(0, "tensor");

    await card(1).scrollIntoViewIfNeeded();
    await card(1).getByRole("button", { name: "all" }).first().click();
    await card(1).getByLabel("What the colours reach to").selectOption("view");
    await shoot(1, "montage");

    const wide = card(2);
    await wide.scrollIntoViewIfNeeded();
    await settled(wide);
    await shoot(2, "overview");
    await wide.locator(".nnsight-figure").focus();
    for (const key of ["ArrowRight", "ArrowLeft", ..."+".repeat(10)]) {
      await page.keyboard.press(key);
      await settled(wide);
    }
    await wide.getByRole("button", { name: "histogram" }).click();
    await wide.getByRole("button", { name: "numbers" }).click();
    await wide.locator(".nnsight-grid[data-open]").waitFor();
    await expect.poll(() => wide.locator(".nnsight-histogram").innerText()).toContain("of this slice");
    await expect.poll(() => wide.locator(".nnsight-status").innerText()).toBe("");
    await shoot(2, "nearer");
    expect(notebook.errors).toEqual([]);
    await browser.close();
  },
);
