// Figures of the viewers in Chromium without a GPU, against a real kernel: `npm run bench:lab`, after `npm run build` in labextension.
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { startLab } from "../tests/browser/lab.ts";
import { launch, NotebookPage } from "../tests/browser/page.ts";
import { writeNotebook } from "../tests/browser/written.ts";

const figures: [what: string, value: string, goal: string][] = [];
const say = (what: string, value: string, goal: string): void => {
  figures.push([what, value, goal]);
  console.log(`${what}: ${value} (goal: ${goal})`);
};
const ms = (value: number): string => `${Math.round(value)} ms`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const browser = await launch();

async function opened(cells: readonly string[], prepare?: (page: Page) => Promise<void>) {
  const lab = await startLab(writeNotebook(cells), "light");
  const notebook = await NotebookPage.open(browser, lab.url, prepare);
  return {
    notebook,
    page: notebook.page,
    async [Symbol.asyncDispose]() {
      await notebook.page.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** From the moment that a cell has ended to that at which its picture is there, measured in the page. */
async function firstPicture(): Promise<void> {
  await using lab = await opened([
    'import { ops } from "nnsight-ts"; ops.ones([4, 4])',
    "ops.rand([1, 14, 576])",
  ]);
  const { notebook, page } = lab;
  await notebook.runAll();
  await page.locator(".nnsight-tensor canvas").nth(1).waitFor();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    times.push(
      await page.evaluate(async () => {
        const { jupyterapp } = window as unknown as {
          jupyterapp: {
            commands: { execute(id: string): Promise<unknown> };
            shell: { currentWidget: { content: { activeCellIndex: number } } };
          };
        };
        jupyterapp.shell.currentWidget.content.activeCellIndex = 1;
        for (const canvas of document.querySelectorAll(".nnsight-tensor")) canvas.classList.add("old");
        await jupyterapp.commands.execute("notebook:run-cell");
        const start = performance.now();
        while (!document.querySelector(".nnsight-tensor:not(.old) canvas"))
          await new Promise(requestAnimationFrame);
        return performance.now() - start;
      }),
    );
  }
  say("first picture after the cell ends, renderer warm", ms(median(times)), "500 ms");
}

async function startUp(): Promise<void> {
  const bytes: Promise<number>[] = [];
  await using _ = await opened(["1"], async (page) => {
    page.on("response", (reply) => {
      if (reply.url().includes("nnsight-ts-labextension/static/"))
        bytes.push(reply.body().then(({ length }) => length));
    });
  });
  const sum = (await Promise.all(bytes)).reduce((all, one) => all + one, 0);
  say("page start-up before the first picture", `${(sum / 1000).toFixed(1)} kB`, "20 kB");
}

/** A slice of a large tensor for each step of a slider that does not rest. */
async function slices(): Promise<void> {
  await using lab = await opened([
    'import { ops } from "nnsight-ts"; ops.rand([12, 12, 1024, 1024]).to("float16")',
  ]);
  const { notebook, page } = lab;
  await notebook.runAll();
  const card = page.locator(".nnsight-tensor").first();
  await card.locator("canvas").waitFor({ timeout: 120_000 });
  await page.waitForFunction(
    () => !document.querySelector<HTMLInputElement>(".nnsight-tensor input[type=range]")!.disabled,
  );
  const times = await page.evaluate(async () => {
    const [first, second] = document.querySelectorAll<HTMLInputElement>(".nnsight-tensor input[type=range]");
    const figure = document.querySelector(".nnsight-tensor .nnsight-figure")!;
    const times: number[] = [];
    for (let i = 1; i < 36; i++) {
      const [layer, head] = [i % 12, Math.floor(i / 12)];
      if (layer === 0) {
        second!.value = String(head);
        second!.dispatchEvent(new Event("input"));
      }
      first!.value = String(layer);
      const start = performance.now();
      first!.dispatchEvent(new Event("input"));
      const words = ` at dim 0 ${layer} at dim 1 ${head},`;
      while (!figure.ariaLabel?.includes(words)) await new Promise(requestAnimationFrame);
      times.push(performance.now() - start);
    }
    return times;
  });
  say("a slice of float16 [12, 12, 1024, 1024] while dragging, median", ms(median(times)), "60 ms");
}

async function large(): Promise<void> {
  await using lab = await opened([
    'import { ops } from "nnsight-ts"; const wide = ops.rand([50000, 4000]); wide.set([25000, 123], 50);',
    "wide",
  ]);
  const { notebook, page } = lab;
  await notebook.command("notebook:run-cell-and-select-next");
  const start = performance.now();
  await notebook.command("notebook:run-cell");
  const card = page.locator(".nnsight-tensor").first();
  await card.locator("canvas").waitFor({ timeout: 120_000 });
  const text = await card.locator(".nnsight-legend").textContent();
  say("overview of float32 [50000, 4000], from running its cell", ms(performance.now() - start), "3 s");
  say("its outlier in the statistics", text?.includes("50") ? "seen" : "missing", "seen");
  await page.waitForFunction(
    () => document.querySelector(".nnsight-tensor .nnsight-figure")?.ariaBusy === "false",
    undefined,
    { timeout: 60_000 },
  );
  const figure = card.locator(".nnsight-figure");
  await figure.focus();
  const steps: { readonly picture: number; readonly numbers: number }[] = [];
  for (let i = 0; i < 8; i++)
    steps.push(
      await figure.evaluate(async (node) => {
        const before = node.ariaLabel;
        const start = performance.now();
        node.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
        while (node.ariaLabel === before) await new Promise(requestAnimationFrame);
        const picture = performance.now() - start;
        while (node.ariaBusy !== "false") await new Promise(requestAnimationFrame);
        return { picture, numbers: performance.now() - start };
      }),
    );
  const slowest = (what: keyof (typeof steps)[number]) => ms(Math.max(...steps.map((step) => step[what])));
  say("a zoom step there, till its picture stands, slowest of 8", slowest("picture"), "150 ms");
  say("till its exact numbers, for a reader who rests, slowest of 8", slowest("numbers"), "none");
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = (await session.send("Runtime.getHeapUsage")) as { usedSize: number };
  say("heap of the page", `${(usedSize / 1e6).toFixed(0)} MB`, "150 MB");
}

async function many(): Promise<void> {
  await using lab = await opened([
    'import { ops } from "nnsight-ts"; for (let i = 0; i < 100; i++) display(ops.rand([14, 576]));',
  ]);
  const { notebook, page } = lab;
  await notebook.runAll();
  await sleep(3000);
  await notebook.command("docmanager:save");
  await asPictures(page, "test.ipynb", "pictures.ipynb");
  await notebook.command("application:close");
  for (const [path, drawn, what, goals] of [
    ["test.ipynb", ".nnsight-tensor canvas", "100 tensors", ["3 s", "smooth"]],
    ["pictures.ipynb", ".jp-OutputArea img", "100 PNG pictures of their size instead", ["none", "none"]],
  ] as const) {
    const start = performance.now();
    await page.evaluate((path) => {
      const { jupyterapp } = window as unknown as {
        jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } };
      };
      void jupyterapp.commands.execute("docmanager:open", { path });
    }, path);
    await page.locator(drawn).first().waitFor({ timeout: 60_000 });
    await page.evaluate(() => new Promise(requestAnimationFrame));
    say(`opening a notebook with ${what}, to the first`, ms(performance.now() - start), goals[0]);
    const frames = await scrolled(page);
    say(
      "a frame while scrolling there, median and slowest",
      `${ms(median(frames))}, ${ms(Math.max(...frames))}`,
      goals[1],
    );
    await notebook.command("application:close");
  }
}

/** The same notebook with a plain picture as high as the figure in place of each: what JupyterLab costs by itself. */
function asPictures(page: Page, from: string, to: string): Promise<void> {
  return page.evaluate(
    async ([from, to]) => {
      interface Output {
        data: Record<string, unknown>;
        metadata: object;
      }
      const { jupyterapp } = window as unknown as {
        jupyterapp: {
          serviceManager: {
            contents: {
              get(path: string): Promise<{ content: { cells: { outputs: Output[] }[] } }>;
              save(path: string, file: object): Promise<unknown>;
            };
          };
        };
      };
      const { contents } = jupyterapp.serviceManager;
      const { clientWidth: width, clientHeight: height } = document.querySelector(".nnsight-tensor")!;
      const file = await contents.get(from!);
      for (const cell of file.content.cells)
        for (const output of cell.outputs) {
          output.data = { "image/png": output.data["image/png"] };
          output.metadata = { "image/png": { width: Math.min(width, 820), height } };
        }
      await contents.save(to!, { type: "notebook", format: "json", content: file.content });
    },
    [from, to],
  );
}

/** How long each frame took while a notebook is scrolled 200 px at once. */
function scrolled(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const scroller = document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")!;
    const times: number[] = [];
    for (let i = 0; i < 120; i++) {
      const start = performance.now();
      scroller.scrollTop += 200;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - start);
    }
    return times;
  });
}

async function graph(): Promise<void> {
  await using lab = await opened([
    'import { LanguageModel, show } from "nnsight-ts"; const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });',
    "show.graph(lm.model.layers[0].mlp)",
    "show.graph(lm)",
  ]);
  const { notebook, page } = lab;
  await notebook.runAll();
  const drawn = await page.evaluate(async () => {
    const start = performance.now();
    const flows = () => document.querySelectorAll<HTMLElement>(".nnsight-flow");
    flows()[1]?.scrollIntoView();
    while (!flows()[1]?.dataset.steps) await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
  say("the graph of SmolLM2 after its cell has ended", ms(drawn), "1 s");
  for (const [name, label] of [
    ["model", "▸ model"],
    ["30 blocks", "▸ layers.0–29"],
    ["a block", "▸ layers.3"],
  ] as const) {
    const time = await page.evaluate(async (label) => {
      const flow = document.querySelectorAll<HTMLElement>(".nnsight-flow")[1]!;
      const step = [...flow.querySelectorAll("[data-way]")].find(
        (node) => node.querySelector("text")?.textContent === label,
      )!;
      const before = flow.dataset.steps;
      const start = performance.now();
      step.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      while (flow.dataset.steps === before) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }, label);
    say(`opening ${name} there`, ms(time), "300 ms");
  }
}

const all = { startUp, firstPicture, slices, large, many, graph };
const wanted = process.argv.slice(2);
try {
  for (const [name, measure] of Object.entries(all))
    if (wanted.length === 0 || wanted.includes(name)) await measure();
} finally {
  await browser.close();
}
console.log(
  `\n| what | measured | goal |\n|---|---|---|\n${figures.map((row) => `| ${row.join(" | ")} |`).join("\n")}`,
);
