/** The flame picture: frames by the modules' names, as wide as their time, with what the report says of each. */
import { expect, test } from "vitest";
import { LanguageModel } from "../../index.ts";
import { type PieceReport, Report } from "../../run/report.ts";
import { framesOf } from "./frames.ts";

const piece = (name: string, milliseconds: number, more: Partial<PieceReport> = {}): PieceReport => ({
  piece: name,
  by: "ran",
  compiled: false,
  milliseconds,
  bytes: 1000,
  ...more,
});
const pieces = [
  piece("model.embed", 1),
  piece("model.layers.0", 2),
  piece("model.layers.1.attn, mul", 4, { compiled: true, making: 3 }),
  piece("model.layers.1.mlp", 1, { by: "memo" }),
  piece("add and 2 more", 2),
  piece("lm_head", 5),
];

test("neighbours of one module are within it, and all time is accounted for", () => {
  const frames = framesOf(pieces).map(({ label, depth, begin, end }) => `${depth} ${label} ${begin}–${end}`);
  expect(frames).toEqual([
    "0 model 0–8",
    "0 add and 2 more 8–10",
    "0 lm_head 10–15",
    "1 embed 0–1",
    "1 layers.0 1–3",
    "1 layers.1 3–8",
    "2 attn, mul 3–7",
    "2 mlp 7–8",
  ]);
});

test("the picture has a frame for each, its width by its time, and says how it was made", () => {
  const { svg } = new Report(pieces, 7);
  const width = (title: string) =>
    Number(
      new RegExp(`<title>${title}[^<]*</title><rect class="[a-z]+"[^>]*width="([\\d.]+)"`).exec(svg)?.[1],
    );
  expect((width("lm_head") + 1) / (width("model.layers.0") + 1)).toBeCloseTo(2.5, 1);
  expect(svg).toContain("model.layers.1.attn, mul · 4 ms · ran · compiled in 3 ms · 1.0 kB");
  expect(svg).toContain('<rect class="memo"');
  expect(svg).toContain(
    "5 pieces run, 1 remembered, 3 ms for making sessions, 7 steps not needed, 6.0 kB made",
  );
  expect(new Report([], 0).svg).toContain("0 pieces run");
});

test("a notebook shows the picture of a real run, with the table as text", async () => {
  const sizes = { num_hidden_layers: 2, hidden_size: 8, num_attention_heads: 2, intermediate_size: 8 };
  const lm = LanguageModel.random({ model_type: "llama", vocab_size: 20, ...sizes });
  const tracer = lm.trace([1, 2, 3]);
  lm.output.logits.save();
  await tracer.close();
  const report = tracer.report();
  const shown = (report as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ]!();
  expect(shown["text/plain"]).toBe(String(report));
  for (const { piece } of report.pieces) expect(shown["image/svg+xml"]).toContain(`<title>${piece} · `);
  expect(shown["image/svg+xml"]!.match(/<g>/g)!.length).toBe(shown["image/svg+xml"]!.match(/<\/g>/g)!.length);
});
