/**
 * Makes the README's pictures: a cell of the first notebook, run in a real JupyterLab, in both themes.
 * `node scripts/with-node.mjs --experimental-transform-types docs/images/cell.ts`
 */
import path from "node:path";
import { startLab } from "../../tests/browser/lab.ts";
import { launch, NotebookPage } from "../../tests/browser/page.ts";

const notebook = path.resolve(import.meta.dirname, "../../notebooks/01-look-inside.ipynb");
const browser = await launch();

for (const theme of ["light", "dark"] as const) {
  await using lab = await startLab(notebook, theme);
  const opened = await NotebookPage.open(browser, lab.url);
  const { page } = opened;
  await opened.runAll();
  await page.setViewportSize({ width: 1000, height: 5000 });
  const cell = page.locator(".jp-CodeCell", { hasText: "const middle" });
  await cell.locator(".nnsight-tensor canvas").first().waitFor();
  await page.mouse.move(2, 2);
  await page.waitForTimeout(1_000);
  await cell.screenshot({ path: path.join(import.meta.dirname, `cell-${theme}.png`) });
  await page.close();
}
await browser.close();
