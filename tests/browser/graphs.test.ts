// Programs, modules and the inside of modules, of SmolLM2 against a real kernel: what is drawn, opened, found, in both themes.
import type { Locator } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { NotebookPage } from "./page.ts";
import { picture } from "./pictures.ts";
import { shareServer } from "./shared.ts";
import { loadModel } from "./smollm2.ts";
import { writeNotebook } from "./written.ts";

/** In a picture the times are those of a run that compiles nothing. */
const warm = `{
  await using earlier = lm.trace("Some other words");
  const { self_attn, mlp } = lm.model.layers[6];
  mlp.output = mlp.output.sub(self_attn.output[0].mul(0.5));
  lm.lm_head.output.save();
}`;
const cells = [
  process.env.PICTURES ? `${loadModel}\n${warm}` : loadModel,
  `await using run = lm.trace(prompt);
const { self_attn, mlp, output } = lm.model.layers[6];
const h = self_attn.output[0];
mlp.output = mlp.output.sub(h.mul(0.5));
const resid = output[0].save(), logits = lm.lm_head.output.save();`,
  "run.vis()",
  "show.model(lm)",
  "show.graph(lm)",
  "show.graph(lm.model.layers[0])",
];

const server = shareServer();
let notebook: NotebookPage;
beforeAll(async () => {
  notebook = await server.open(server.place(writeNotebook(cells)));
});

/** The mean of red, green and blue; letters that let their ground through are not meant. */
const grey = (colour: string): number =>
  colour
    .match(/[\d.]+/g)!
    .slice(0, 3)
    .reduce((sum, part) => sum + Number(part), 0) /
  3 /
  255;

const readout = async (card: Locator) =>
  (await card.locator(".nnsight-readout").innerText()).replace(/\s+/g, " ").trim();

test("the graphs of SmolLM2: drawn, opened, found, and in the colours of either theme", async () => {
  const { page } = notebook;
  await notebook.runAll();
  const [program, modules, flow] = ["program", "modules", "flow"].map((kind) =>
    page.locator(`.nnsight-${kind}`).first(),
  );
  await expect.poll(() => flow!.getAttribute("data-steps"), { timeout: 60_000 }).not.toBeNull();
  expect((await notebook.outputs()).filter(({ output_type }) => output_type === "error")).toEqual([]);

  const line = program!.locator("g.line", { hasText: "mlp.output" }).last();
  await line.hover();
  expect(await readout(program!)).toContain("float32 [1, 14, 576]");
  await program!.getByLabel("Find in the program").fill("self_attn");
  expect(await program!.locator("g.line.nnsight-found").count()).toBe(2);
  await program!.getByLabel("Find in the program").fill("");
  expect(await program!.locator("text", { hasText: "MB" }).count()).toBeGreaterThan(0);
  await picture(notebook, "program", program!);

  const row = (name: string) =>
    modules!.locator(".nnsight-module", { has: page.locator(`:text-is("${name}")`) }).first();
  await row("0–29").click();
  await row("mlp").click();
  await modules!.locator("input[type=range]").fill("7");
  await row("down_proj").click();
  await picture(notebook, "modules", modules!);
  await row("weight").click();
  await modules!.locator(".nnsight-tensor canvas").waitFor();
  expect(await modules!.locator(".nnsight-tensor .nnsight-head").innerText()).toContain(
    "model.layers.7.mlp.down_proj.weight",
  );

  const step = (name: string) =>
    flow!.locator("[data-way]", { has: page.locator(`:text-is("▸ ${name}")`) }).first();
  const open = async (name: string) => {
    const before = await flow!.getAttribute("data-steps");
    await step(name).click();
    await expect.poll(() => flow!.getAttribute("data-steps")).not.toBe(before);
  };
  await open("model");
  await picture(notebook, "graph-model", flow!);
  await open("layers.0–29");
  await open("layers.2");
  await flow!.getByLabel("Find a step").fill("layers.17");
  await expect.poll(() => flow!.locator(".nnsight-step.nnsight-found").count()).toBe(1);
  await flow!.getByRole("button", { name: "close all" }).click();
  await expect.poll(() => flow!.getAttribute("data-steps")).toBe("6");

  const block = page.locator(".nnsight-flow").nth(1);
  await block.locator("[data-way]", { hasText: "self_attn" }).click();
  await block.locator("[data-way]", { hasText: /^▸ mlp/ }).click();
  await block.locator("[data-way]", { hasText: /^▸ core/ }).click();
  await expect.poll(() => block.locator(".nnsight-step-open").count()).toBe(3);
  const said = await block.locator(".nnsight-step-label").allTextContents();
  for (const operator of ["RotaryEmbedding", "Attention", "Mul"]) expect(said.join(" ")).toContain(operator);
  await block.locator("[data-way]", { hasText: "down_proj" }).hover();
  expect(await readout(block)).toContain("down_proj Linear float32[batch, position, 576]");
  await block
    .locator(".nnsight-plot")
    .first()
    .evaluate((plane) => plane.scrollTo(0, 0));
  await picture(notebook, "graph", block);

  const words = [
    program!.locator("g.line text"),
    modules!.locator(".nnsight-module"),
    block.locator(".nnsight-step-label"),
  ];
  /** How light the letters are, from 0 to 1. */
  const lightness = async () => {
    const colours = await Promise.all(
      words.map((each) =>
        each.first().evaluate((one) => [getComputedStyle(one).fill, getComputedStyle(one).color]),
      ),
    );
    return colours.map(([fill, colour], i) => grey(i === 1 ? colour! : fill!));
  };
  for (const value of await lightness()) expect(value).toBeLessThan(0.5);
  await notebook.theme("dark");
  await expect.poll(async () => Math.min(...(await lightness()))).toBeGreaterThan(0.5);
  expect(await block.locator(".nnsight-step-open").count()).toBe(3); // what was opened stays so
  expect(notebook.errors).toEqual([]);
});
