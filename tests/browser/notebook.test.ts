// The first notebook in a real JupyterLab and a real browser, in both themes: it runs, draws, answers the mouse.
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { NotebookPage } from "./page.ts";
import { shareServer } from "./shared.ts";

const notebook =
  process.env.BROWSER_NOTEBOOK ?? path.resolve(import.meta.dirname, "../../notebooks/01-look-inside.ipynb");
const shots = path.join(import.meta.dirname, "shots");

const server = shareServer();
let opened: NotebookPage;
beforeAll(async () => {
  opened = await server.open(server.place(notebook));
});

/** Moves the mouse to a place in the first tensor and gives what its readout says then. */
async function hover({ page }: NotebookPage, across: number): Promise<string> {
  const tensor = page.locator(".nnsight-tensor").first();
  const canvas = tensor.locator("canvas").first();
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox())!;
  await page.mouse.move(box.x + box.width * across, box.y + box.height / 2, { steps: 4 });
  return tensor.locator(".nnsight-readout").first().innerText();
}

test("the first notebook: it runs, and its tensors are drawn and read in both themes", async () => {
  await opened.runAll();
  const outputs = await opened.outputs();
  expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);

  const tensors = outputs.filter((output) => output.data?.["application/vnd.nnsight.tensor.v1+json"]);
  expect(tensors.length).toBeGreaterThan(0);
  await opened.unfold();
  await expect
    .poll(() => opened.page.locator(".nnsight-tensor").count(), { timeout: 20_000 })
    .toBe(tensors.length);
  await opened.page.locator(".nnsight-tensor canvas").first().waitFor();

  for (const theme of ["light", "dark"] as const) {
    await opened.theme(theme);
    const left = await hover(opened, 0.2);
    const right = await hover(opened, 0.8);
    expect(left).toMatch(/\d/);
    expect(right).toMatch(/\d/);
    expect(left).not.toBe(right);
    if (process.env.PICTURES) await opened.shoot(path.join(shots, `01-look-inside-${theme}.png`));
  }
  expect(opened.errors).toEqual([]);
});
