// The notebook of mixed cells in a real JupyterLab, a real Notebook 7 and a real browser: every cell shows what it shows through nbclient.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startLab } from "./lab.ts";
import { launch, NotebookPage } from "./page.ts";
import { shareServer } from "./shared.ts";

const notebook = path.resolve(import.meta.dirname, "../../kernel/tests/notebooks/mixed.ipynb");

interface Cell {
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly ename?: string;
    readonly data?: object;
  }[];
}

const server = shareServer();

test("mixed cells in lab", async () => check(await server.open(server.place(notebook))));

// By its own command, as people start it: the pages of Notebook 7 that JupyterLab's server gives may not read their fonts.
test("mixed cells in notebook", { timeout: 180_000 }, async () => {
  await using lab = await startLab(notebook, "light", "notebook");
  const browser = await launch();
  onTestFinished(() => browser.close());
  await check(await NotebookPage.open(browser, lab.url));
});

async function check(opened: NotebookPage): Promise<void> {
  await opened.runAll();
  const { cells } = JSON.parse(readFileSync(notebook, "utf8")) as { cells: Cell[] };
  const kinds = (outputs: Cell["outputs"]) =>
    outputs?.map(({ output_type, ename, data }) => [output_type, ename, Object.keys(data ?? {}).sort()]);
  // JupyterLab takes the first error for the end; the cells run on, as their tag asks.
  await expect
    .poll(async () => kinds(await opened.outputs()), { timeout: 60_000 })
    .toEqual(kinds(cells.flatMap(({ outputs }) => outputs ?? [])));

  // Keywords are coloured: the frontend knows the language.
  const keyword = opened.page.locator(".jp-CodeCell .cm-content span", { hasText: /^const$/ }).first();
  const plain = opened.page.locator(".jp-CodeCell .cm-content").first();
  const colour = (element: Element) => getComputedStyle(element).color;
  expect(await keyword.evaluate(colour)).not.toBe(await plain.evaluate(colour));
  expect(opened.errors).toEqual([]);
}
