// Pictures of views for docs/pictures: written only when asked for with PICTURES=1, as every machine draws letters a little otherwise.
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Locator } from "playwright-core";
import type { NotebookPage } from "./page.ts";

/** In a notebook figures stand alone: neither cells between them nor prompts beside them. */
const ALONE =
  ".jp-Notebook .jp-Cell-inputWrapper { display: none; } .jp-OutputPrompt { visibility: hidden; }";

const folder = path.resolve(import.meta.dirname, "../../docs/pictures");

/** What some elements cover of the page, with a margin in a notebook, in both themes: `name-light.png`, `name-dark.png`. */
export async function picture(
  notebook: NotebookPage,
  name: string,
  elements: Locator,
  size: { readonly width: number; readonly height: number } = { width: 1180, height: 2400 },
): Promise<void> {
  if (!process.env.PICTURES) return;
  const { page } = notebook;
  mkdirSync(folder, { recursive: true });
  await page.setViewportSize(size);
  await page.mouse.move(2, 2);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const isOutput = await elements.first().evaluate((one) => one.closest(".jp-OutputArea") !== null);
  const style = isOutput ? await page.addStyleTag({ content: ALONE }) : undefined;
  for (const theme of ["dark", "light"] as const) {
    await notebook.theme(theme);
    await page.waitForTimeout(600);
    await elements.first().evaluate((one) => one.scrollIntoView({ block: "start" }));
    const clip = await around(elements, isOutput ? 16 : 0);
    await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`), clip });
  }
  await style?.evaluate((one) => (one as HTMLElement).remove());
  await page.setViewportSize({ width: 1500, height: 1000 });
}

/** The smallest part of the page with all of them in it. */
async function around(
  elements: Locator,
  margin: number,
): Promise<Record<"x" | "y" | "width" | "height", number>> {
  const boxes = await elements.evaluateAll((all) =>
    all.map((element) => element.getBoundingClientRect().toJSON()),
  );
  const x = Math.max(0, Math.min(...boxes.map((box) => box.left)) - margin);
  const y = Math.max(0, Math.min(...boxes.map((box) => box.top)) - margin);
  const width = Math.max(...boxes.map((box) => box.right)) + margin - x;
  const height = Math.max(...boxes.map((box) => box.bottom)) + margin - y;
  return { x, y, width, height };
}
