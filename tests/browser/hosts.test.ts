// All views in the places where they must work: behind a prefix, untrusted, in two tabs, in Notebook 7, saved as HTML, for readers of all kinds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { LossyWire } from "./lossy.ts";
import type { NotebookPage } from "./page.ts";
import { shareServer } from "./shared.ts";
import { writeNotebook } from "./written.ts";

const root = path.resolve(import.meta.dirname, "../..");
const seeing = path.join(root, "notebooks/03-seeing.ipynb");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One of each kind, small, with no model to load. */
const cells = [
  `import { figure, log, nn, NNsight, ops, show, tensor } from "nnsight-ts";
const words = { tokens: (ids: readonly number[]) => ids.map((id) => " w" + id) };
const net = new NNsight(new nn.Sequential({ up: new nn.Linear(4, 8), act: new nn.GELU(), down: new nn.Linear(8, 4) }));
const run = await net.trace(ops.ones([2, 4]), (tracer) => { log("up", net.up.output); return { tracer, up: net.up.output }; });
ops.arange(300).reshape([3, 10, 10]).to("float32")`,
  `show.attention(ops.ones([2, 3, 3]).softmax(-1), { tokens: ["a", " b", " c"] })`,
  `show.tokens(["a", " b", " c"], [1, -1, 0.5], { label: "score" })`,
  `show.logitLens(ops.arange(24).reshape([2, 3, 4]).to("float32"), { tokenizer: words })`,
  "show.nextTokens(tensor([1, 2, 3]), words)",
  `display(figure({ data: [{ y: [1, 3, 2] }], layout: { title: "Loss" } }))`,
  "show.model(net)",
  "show.graph(net)",
  "net.vis()",
  "show.attention(ops.ones([900, 900]).tril().div(900))",
];
const kinds = [
  "tensor",
  "log-card",
  "attention",
  "tokens",
  "lens",
  "next",
  "chart",
  "modules",
  "flow",
  "program",
];

const wire = new LossyWire();
const server = shareServer();
const small = server.place(writeNotebook(cells));
/** The page of `small` that the first test opens; its kernel serves all of them. */
let notebook: NotebookPage;

/** In a window so high that every cell is on screen: what is not is not drawn. */
async function allSeen(page: Page, expected = kinds): Promise<void> {
  await page.setViewportSize({ width: 1180, height: 12_000 });
  for (const kind of expected) await page.locator(`.nnsight-${kind}`).first().waitFor({ timeout: 30_000 });
  if (expected.includes("flow"))
    await expect.poll(() => page.locator(".nnsight-flow").first().getAttribute("data-steps")).not.toBeNull();
}

const sliderOf = (page: Page) => page.locator(".nnsight-tensor input[type=range]").first();

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What an accessibility scan finds in our figures; JupyterLab answers for the rest of the page. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    (
      window as unknown as {
        axe: { run(where: object): Promise<{ violations: unknown; passes: readonly unknown[] }> };
      }
    ).axe
      .run({ include: [[".nnsight-card"]] })
      .then(({ violations, passes }) => ({ violations, passes: passes.length })),
  );
  expect(found.passes).toBeGreaterThan(10);
  return (found.violations as Violation[]).flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  );
}

test("behind a prefix: nothing is fetched before a picture needs it, every view opens, none has barriers, in both themes", async () => {
  const fetched: { url: string; bytes: Promise<number> }[] = [];
  notebook = await server.open(small, {
    async prepare(page) {
      await wire.prepare(page);
      page.on("response", (reply) => {
        if (reply.url().includes("nnsight-ts-labextension/static/"))
          fetched.push({
            url: reply.url(),
            bytes: reply
              .body()
              .then(({ length }) => length)
              .catch(() => 0),
          });
      });
    },
  });
  const { page } = notebook;
  const atStart = (await Promise.all(fetched.map(({ bytes }) => bytes))).reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
  expect(atStart).toBeGreaterThan(5_000);
  expect(atStart, fetched.map(({ url }) => url).join(" ")).toBeLessThan(20_000);
  expect(fetched.every(({ url }) => url.includes("/user/x/"))).toBe(true);

  await notebook.runAll();
  await allSeen(page);
  await expect.poll(() => sliderOf(page).isEnabled()).toBe(true);
  const tensor = page.locator(".nnsight-tensor").first();
  for (const name of ["numbers", "histogram"]) await tensor.getByRole("button", { name }).click();
  await tensor.locator(".nnsight-grid[data-open]").waitFor();
  await tensor.locator(".nnsight-plotly .bars path").first().waitFor({ state: "attached" });
  expect(await violations(page)).toEqual([]);
  await notebook.theme("dark");
  await expect.poll(() => page.locator('.nnsight-chart[data-drawn="dark"]').count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  await notebook.theme("light");
  expect(notebook.errors).toEqual([]);
});

/** What a notebook from somebody else might hold. */
const act = "window.injected = true";
const malice = [
  { "text/html": `<p>harmless</p><img src="data:," onerror="${act}"><script>${act}</script>` },
  {
    "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" onload="${act}"><script>${act}</script></svg>`,
  },
  { "text/markdown": `[link](javascript:${act}) <img src="data:," onerror="${act}">` },
  {
    "application/vnd.nnsight.job.v1+json": {
      job: `<img src="data:," onerror="${act}">`,
      state: "RUNNING",
      detail: `<script>${act}</script>`,
    },
  },
];

test("an untrusted notebook shows every saved picture, and runs nothing of it", async () => {
  const placed = server.place(seeing, true);
  server.change(placed, ({ cells }) => {
    const outputs = malice.map((data) => ({ output_type: "display_data", data, metadata: {} }));
    cells.push({ cell_type: "code", id: "malice", source: "", metadata: {}, execution_count: 1, outputs });
  });
  const notebook = await server.open(placed);
  await allSeen(notebook.page);
  await notebook.page.locator(".nnsight-job").last().waitFor();
  await expect.poll(() => notebook.page.locator(".jp-RenderedHTML", { hasText: "harmless" }).count()).toBe(1);
  expect(await notebook.page.evaluate(() => "injected" in window)).toBe(false);
  expect(await notebook.page.locator(".nnsight-tensor canvas.nnsight-heatmap").count()).toBe(3);
  const trusted = await notebook.page.evaluate(() => {
    const { currentWidget } = (
      window as unknown as {
        jupyterapp: {
          shell: {
            currentWidget: { content: { model: { cells: Iterable<{ type: string; trusted: boolean }> } } };
          };
        };
      }
    ).jupyterapp.shell;
    return [...currentWidget.content.model.cells]
      .filter(({ type }) => type === "code")
      .every((cell) => cell.trusted);
  });
  expect(trusted).toBe(false);
  expect(notebook.errors).toEqual([]);
  await notebook.page.close();
});

/** Opens what the tree of modules, the log and the large pattern have in the kernel. */
async function asksAgain(page: Page): Promise<void> {
  const modules = page.locator(".nnsight-modules").first();
  const row = (name: string) =>
    modules.locator(".nnsight-module", { has: page.locator(`:text-is("${name}")`) }).first();
  await row("up").click();
  await row("weight").click();
  await page.locator(".nnsight-log-card").first().getByRole("button", { name: "[2, 8]" }).click();
  await modules.locator(".nnsight-tensor canvas").waitFor({ timeout: 20_000 });
  await page.locator(".nnsight-log-card .nnsight-tensor canvas").waitFor({ timeout: 20_000 });
  const pattern = page.locator(".nnsight-attention").last().locator(".nnsight-figure canvas");
  await expect.poll(() => pattern.getAttribute("width").then(Number), { timeout: 20_000 }).toBe(300);
}

test("what a module, the log, a pattern and the values ask: again when it was lost, anew after a reload, in words after a restart", async () => {
  const { page } = notebook;
  await allSeen(page);
  wire.toLose = 2;
  await asksAgain(page);
  expect(wire.toLose).toBe(0);

  await notebook.command("docmanager:save");
  await page.reload();
  await page.locator(".nnsight-tensor canvas").first().waitFor();
  await notebook.ready();
  await allSeen(page);
  wire.toLose = 2;
  await notebook.command("nnsight:show-values");
  const values = page.locator("#nnsight-values");
  await expect.poll(() => values.innerText(), { timeout: 20_000 }).toContain("run.up");
  await asksAgain(page);

  await notebook.restart();
  await expect.poll(() => values.innerText(), { timeout: 20_000 }).not.toContain("run.up");
  await page
    .locator(".nnsight-module", { has: page.locator(':text-is("bias")') })
    .first()
    .click();
  const modules = page.locator(".nnsight-modules").first();
  await expect.poll(() => modules.innerText()).toContain("not in the kernel: run the cell again");
  const log = page.locator(".nnsight-log-card").first();
  for (let i = 0; i < 2; i++) await log.getByRole("button", { name: "[2, 8]" }).click();
  await expect.poll(() => log.innerText()).toContain("no longer in the kernel: run the cell again");
  await notebook.command("application:toggle-left-area");
  await notebook.runAll();
});

test("two tabs ask for different slices and each gets its own", async () => {
  const first = notebook;
  await first.command("docmanager:save");
  const second = await server.open(small);
  await allSeen(second.page, ["tensor"]);
  const slide = async ({ page }: NotebookPage, to: number) => {
    await expect.poll(() => sliderOf(page).isEnabled()).toBe(true);
    await sliderOf(page).fill(String(to));
    await sliderOf(page).dispatchEvent("change");
  };
  await Promise.all([slide(first, 1), slide(second, 2)]);
  const values = async ({ page }: NotebookPage) =>
    page.locator(".nnsight-tensor .nnsight-figure").first().getAttribute("aria-label");
  await expect.poll(() => values(first)).toContain("dim 0 1");
  await expect.poll(() => values(second)).toContain("dim 0 2");
  await allSeen(second.page, ["modules", "log-card"]);
  await asksAgain(second.page);
  await second.page.close();
});

test("Notebook 7 draws every view that JupyterLab has saved, and its figures ask the kernel they share", async () => {
  const notebook = await server.open(small, { program: "notebook" });
  await allSeen(notebook.page);
  await expect.poll(() => sliderOf(notebook.page).isEnabled()).toBe(true);
  expect(notebook.errors).toEqual([]);
  await notebook.page.close();
});

test("nbconvert's HTML and the PDF of it show a picture or text of every output, and keeps each below 64 KB", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nnsight-html-"));
  execFileSync(
    path.join(root, ".venv/bin/jupyter-nbconvert"),
    ["--to", "html", "--output-dir", folder, seeing],
    { stdio: "pipe" },
  );
  const html = readFileSync(path.join(folder, "03-seeing.html"), "utf8");
  const outputs = (
    JSON.parse(readFileSync(seeing, "utf8")) as {
      cells: { outputs?: { data?: Record<string, unknown> }[] }[];
    }
  ).cells
    .flatMap((cell) => cell.outputs ?? [])
    .flatMap(({ data }) => (data ? [data] : []));
  const pictures = outputs.filter((data) => "image/png" in data || "image/svg+xml" in data);
  expect(pictures.length).toBeGreaterThanOrEqual(11);
  expect(
    (html.match(/src="data:image\/(png|svg\+xml)/g) ?? []).length + (html.match(/<svg /g) ?? []).length,
  ).toBeGreaterThanOrEqual(pictures.length);
  expect(html).toContain("block 29");
  const page = await server.blank();
  await page.goto(pathToFileURL(path.join(folder, "03-seeing.html")).href, { waitUntil: "load" });
  const printed = (await page.pdf({ printBackground: true })).toString("latin1");
  await page.close();
  const raster = outputs.filter((data) => "image/png" in data && !("image/svg+xml" in data)).length;
  expect((printed.match(/\/Subtype ?\/Image/g) ?? []).length).toBeGreaterThanOrEqual(raster);
  for (const data of outputs)
    expect(
      new TextEncoder().encode(JSON.stringify(data)).length,
      Object.keys(data).join(),
    ).toBeLessThanOrEqual(64 * 1024);
});
