// The log, remote runs, and the panel of values against a real kernel: what is shown, opened, compared and dropped.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { formatNumber } from "../../labextension/src/format.ts";
import type { NotebookPage } from "./page.ts";
import { picture } from "./pictures.ts";
import { shareServer } from "./shared.ts";
import { writeNotebook } from "./written.ts";

const cells = [
  `import * as nnsight from "nnsight-ts";
import { nn, NNsight, ops } from "nnsight-ts";
nnsight.manualSeed(0);
const net = new nn.Sequential({ up: new nn.Linear(16, 64), act: new nn.GELU(), down: new nn.Linear(64, 16) });
const model = new NNsight(net);
const x = ops.arange(48).reshape([3, 16]).div(10);
const hot = ops.zeros([3, 16]);
hot.set([1, 2], 5);
hot.set([2, 3], Number.NaN);`,
  `const run = await model.trace(x, () => {
  nnsight.log("input", model.up.input);
  nnsight.log("up", model.up.output);
  nnsight.log("<b>plain</b> words", model.up.output);
  nnsight.log("heated", model.down.output.add(hot));
  return { up: model.up.output, down: model.down.output };
});`,
  `const changed = await model.trace(x, () => {
  model.up.output = model.up.output.mul(2);
  return model.down.output;
});
const edited = await model.edit(() => { model.up.output = model.up.output.mul(0); });`,
  `const say = globalThis[Symbol.for("nnsight.remote")];
const id = Date.now() + "-7f3a9c";
const job = (status, text, seq) => say.event(id, { seq, attempt: 1, status, text, time: 1000 + 400 * seq });
job("RECEIVED", "Your job has been received.", 0);
job("RUNNING", "Your job has started running.", 1);
job("LOG", "<b>block</b> 3", 2);
say.bytes(id, 9_200_000, 13_600_000, 0.2);`,
  "1",
];

/** A run of a quarter of an hour, with a line of log at each step. */
const endless = `const config = { model_type: "gpt2", vocab_size: 11, n_positions: 3000, n_embd: 8, n_layer: 1, n_head: 1 } as const;
const small = nnsight.LanguageModel.random(config);
for (let i = 0; i < 1000; i++)
  await small.generate([1, 2], { maxNewTokens: 100, eos: [] }, (tracer) =>
    tracer.iter.all(() => nnsight.log("step", small.output.logits.at(0, -1))),
  );`;

const server = shareServer();
let notebook: NotebookPage;
beforeAll(async () => {
  notebook = await server.open(server.place(writeNotebook(cells)));
});
beforeEach(async () => {
  await notebook.afresh({ width: 1500, height: 1000 });
  await expect.poll(() => notebook.page.locator(".nnsight-job-card .nnsight-job").count()).toBe(2);
  const outputs = await notebook.outputs();
  expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);
});

const plain = (text: string): string => text.replace(/\s+/g, " ").replace(/−/g, "-").trim();

const run = (notebook: NotebookPage, code: string): Promise<unknown> =>
  notebook.page.evaluate((code) => {
    const { kernel } = (
      window as unknown as {
        jupyterapp: {
          shell: {
            currentWidget: {
              sessionContext: {
                session: {
                  kernel: { requestExecute(content: object): { done: Promise<{ content: unknown }> } };
                };
              };
            };
          };
        };
      }
    ).jupyterapp.shell.currentWidget.sessionContext.session;
    return kernel.requestExecute({ code }).done.then(({ content }) => content);
  }, code);

/** The numbers of a name, as the kernel prints them. */
async function valuesOf(notebook: NotebookPage, name: string): Promise<number[]> {
  const asked = await notebook.page.evaluate((name) => {
    const { kernel } = (
      window as unknown as {
        jupyterapp: { shell: { currentWidget: { sessionContext: { session: { kernel: never } } } } };
      }
    ).jupyterapp.shell.currentWidget.sessionContext.session;
    const future = (
      kernel as {
        requestExecute(content: object): { done: Promise<{ content: { user_expressions: unknown } }> };
      }
    ).requestExecute({ code: "", user_expressions: { asked: `JSON.stringify([...${name}.data])` } });
    return future.done.then(({ content }) => content.user_expressions);
  }, name);
  const text = (asked as { asked: { data: { "text/plain": string } } }).asked.data["text/plain"];
  return JSON.parse(text.replace(/^['"`]|['"`]$/g, "")) as number[];
}

async function picturesOfLog(notebook: NotebookPage): Promise<void> {
  const cards = notebook.page.locator(".nnsight-log-card, .nnsight-job-card");
  await picture(notebook, "log-panel", notebook.page.locator("#nnsight-log"), { width: 1500, height: 440 });
  await picture(notebook, "log", cards, { width: 1500, height: 2400 });
}

test("lines of log with tensors that open, a panel of the session, a job that is rewritten in place", async () => {
  const { page } = notebook;
  const log = page.locator(".nnsight-log-card");
  const row = (text: string) => log.locator(".nnsight-log-row", { hasText: text });
  expect(await log.locator(".nnsight-log-row").count()).toBe(4);
  const said = async (text: string) => plain(await row(text).innerText());
  const [input, words, heated] = [await said("input"), await said("plain"), await said("heated")];
  expect(input).toMatch(/^\d+(\.\d+)? m?s In\[\d+\]:2 input \[3, 16\] f32 ∈ \[0, 4\.70\] μ 2\.35 σ 1\.40$/);
  expect(words).toMatch(/In\[\d+\]:4 <b>plain<\/b> words \[3, 64\] f32/);
  expect(heated).toMatch(/In\[\d+\]:5 heated \[3, 16\] f32 .* 1 nan$/);

  await row("input").getByRole("button", { name: "[3, 16]" }).click();
  const tensor = log.locator(".nnsight-tensor");
  await tensor.locator("canvas").waitFor();
  const box = (await tensor.locator("canvas").boundingBox())!;
  await page.mouse.move(box.x + (4.5 / 16) * box.width, box.y + (1.5 / 3) * box.height);
  expect(plain(await tensor.locator(".nnsight-readout").innerText())).toContain("[1, 4]");
  expect(plain(await tensor.locator(".nnsight-readout").innerText())).toMatch(/2\.00$/);

  await notebook.command("nnsight:show-log");
  const panel = page.locator("#nnsight-log");
  await expect.poll(() => panel.locator(".nnsight-log-row").count()).toBe(4);
  await panel.getByLabel("Filter the log").fill("HEATED nan");
  await expect.poll(() => panel.locator(".nnsight-log-row").count()).toBe(1);
  expect(plain(await panel.innerText())).toContain("1 of 4 lines");
  expect((await panel.locator(".nnsight-log-row b").boundingBox())!.width).toBeGreaterThan(30); // the name is seen
  await panel.getByLabel("Filter the log").fill("");
  if (process.env.PICTURES) await picturesOfLog(notebook);

  await run(
    notebook,
    `await model.trace(x, () => { for (let i = 0; i < 600; i++) nnsight.log("line", i, model.up.input.sum()); });`,
  );
  await expect.poll(async () => plain(await panel.innerText())).toContain("604 lines");
  await panel.getByLabel("Filter the log").fill("line 599");
  await expect
    .poll(async () => plain(await panel.locator(".nnsight-log-row").innerText()))
    .toMatch(/line 599 /);
  await panel.getByLabel("Filter the log").fill("");

  await notebook.write(4, "1", endless);
  const running = notebook.run(4);
  const growing = page.locator(".nnsight-log-card", { hasText: "step" });
  // A run that takes long shows its progress, and what comes after that stands in a card of its own.
  await growing.first().waitFor({ state: "attached" });
  const last = () => growing.locator(".nnsight-log-row").last().textContent();
  const before = [await last(), await panel.textContent()];
  await expect.poll(last).not.toBe(before[0]);
  await expect.poll(() => panel.textContent()).not.toBe(before[1]);
  await notebook.interrupt();
  await running;
  await expect
    .poll(async () => (await notebook.outputs()).at(-1))
    .toMatchObject({ ename: "KeyboardInterrupt" });
  await notebook.write(4, endless, "1");

  const job = page.locator(".nnsight-job-card");
  expect(plain(await job.innerText())).toBe(
    "RUNNING 7f3a9c Your job has started running. 800 ms 13.6 MB 9.20 MB of 13.6 MB <b>block</b> 3",
  );
  expect(plain(await panel.locator(".nnsight-jobs").innerText())).toContain("RUNNING 7f3a9c");
  await run(
    notebook,
    `job("COMPLETED", "Your job has been completed.", 3); say.bytes(id, 13_600_000, 13_600_000, 0.5);`,
  );
  await expect
    .poll(async () => plain(await job.innerText()))
    .toBe("COMPLETED 7f3a9c Your job has been completed. 1.20 s 13.6 MB <b>block</b> 3");
  await expect
    .poll(async () => plain(await panel.locator(".nnsight-jobs").innerText()))
    .toContain("COMPLETED");
  expect(notebook.errors).toEqual([]);
});

test("the values of the notebook: listed, opened, compared, dropped; a busy kernel is waited for", async () => {
  const { page } = notebook;
  await notebook.command("nnsight:show-values");
  const panel = page.locator("#nnsight-values");
  const row = (name: string) =>
    panel.locator(".nnsight-value", { has: page.locator(`.nnsight-value-name:text-is("${name}")`) });
  const prompts = await page.locator(".jp-CodeCell .jp-InputPrompt").allInnerTexts();
  const [first, second, third] = prompts.map((prompt) => `In${prompt.trim().replace(":", "")}`);
  await expect
    .poll(async () => plain(await row("run.up").innerText()))
    .toBe(`run.up 768 B [3, 64] float32 ${second}`);
  expect(plain(await row("x").innerText())).toBe(`x 192 B [3, 16] float32 drop ${first}`);
  const edit = plain(await row("edited").innerText());
  expect(edit.endsWith(` drop ${third}`)).toBe(true);
  expect(edit).toMatch(/^edited 8\.51 kB NNsight 2.128 parameters 1 edit/);
  expect(await row("net").count()).toBe(0);

  await row("x").getByRole("button", { name: "x", exact: true }).click();
  const place = page.locator(".nnsight-place");
  await place.locator("canvas").first().waitFor();
  expect(plain(await place.locator(".nnsight-head").innerText())).toContain("x float32 [3, 16]");
  await place.getByRole("button", { name: "compare", exact: true }).click();
  await expect.poll(() => page.getByLabel("Compare x", { exact: true }).isChecked()).toBe(true);
  await expect.poll(() => panel.locator("[role=status]").innerText()).toBe("choose another to compare");
  await page.getByLabel("Compare x", { exact: true }).uncheck();
  await page.locator(".lm-TabBar-tab", { hasText: /^x$/ }).locator(".lm-TabBar-tabCloseIcon").click();

  await page.getByLabel("Compare run.down").check();
  await page.getByLabel("Compare changed").check();
  await panel.getByRole("button", { name: "compare" }).click();
  await expect.poll(() => place.locator("canvas").count()).toBe(3);
  const said = plain(await page.locator(".nnsight-compared").innerText());
  const [down, changed] = await Promise.all(["run.down", "changed"].map((name) => valuesOf(notebook, name)));
  const away = down!.map((value, i) => Math.abs(value - changed![i]!));
  const largest = Math.max(...away);
  const far = away.indexOf(largest);
  expect(said).toContain(
    `largest |a - b|${largest.toPrecision(3)} at [${Math.floor(far / 16)}, ${far % 16}]`,
  );
  expect(said).toContain(`mean${(away.reduce((sum, x) => sum + x) / 48).toPrecision(3)}`);
  expect(said).toContain("different48 of 48");
  const ticks = (figure: number) =>
    place
      .locator(".nnsight-legend")
      .nth(figure)
      .evaluate((key) => [...key.querySelectorAll("text")].slice(0, 5).map(({ textContent }) => textContent));
  expect(await ticks(1)).toEqual(await ticks(2));
  const heat = (await place.locator("canvas.nnsight-heatmap").nth(1).boundingBox())!;
  await page.mouse.move(heat.x + (4.5 / 16) * heat.width, heat.y + (1.5 / 3) * heat.height);
  const places = place.locator(".nnsight-readout");
  const at = 16 + 4;
  for (const [figure, value] of [down![at]! - changed![at]!, down![at]!, changed![at]!].entries())
    await expect
      .poll(async () => plain(await places.nth(figure).innerText()))
      .toBe(`[1, 4] ${plain(formatNumber(value))}`);
  await picture(notebook, "values", page.locator("#nnsight-values, .nnsight-place"), {
    width: 1500,
    height: 1400,
  });

  await page.getByLabel("Drop changed").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => row("changed").count()).toBe(0);
  await page.locator(".lm-TabBar-tab", { hasText: "test.ipynb" }).click();
  const gone = (await run(notebook, "changed.shape")) as { evalue: string };
  expect(gone.evalue).toContain("Cannot find name 'changed'");

  const busy = run(notebook, "const end = Date.now() + 2500; while (Date.now() < end);").catch(
    () => undefined,
  );
  await page.waitForTimeout(400);
  await notebook.command("nnsight:show-log");
  await panel.getByRole("button", { name: "x", exact: true }).click();
  await expect.poll(() => panel.locator("[role=status]").innerText()).toBe("waiting for the kernel");
  await expect
    .poll(() => panel.locator("[role=status]").innerText(), { timeout: 10_000 })
    .toBe("choose another to compare"); // run.down is still chosen
  await busy;
  expect(notebook.errors).toEqual([]);
});
