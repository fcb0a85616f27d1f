import fc from "fast-check";
import { expect, test } from "vitest";
import { ops, show, type Tensor, tensor } from "../../index.ts";
import type { AttentionPayload } from "../attention/payload.ts";
import { unpackedHeads } from "../attention/picture.ts";
import { MOST_BYTES } from "../json.ts";
import type { LogitLensPayload } from "../text/logit-lens.ts";
import type { NextTokensPayload } from "../text/next-tokens.ts";
import type { TokensPayload } from "../text/tokens.ts";
import { topOf } from "../text/top.ts";
import type { Shown } from "./shown.ts";

type Bundle = Record<string, unknown>;
const bundleOf = (picture: Shown): Bundle =>
  (picture as unknown as Record<symbol, () => Bundle>)[Symbol.for("Jupyter.display")]!();
const payloadOf = <Payload>(picture: Shown, kind: string): Payload =>
  bundleOf(picture)[`application/vnd.nnsight.${kind}.v1+json`] as Payload;
const bytesOf = (payload: unknown) => Buffer.byteLength(JSON.stringify(payload));

const causal = (heads: number, size: number): Tensor =>
  ops
    .arange(heads * size * size)
    .reshape([heads, size, size])
    .mul(0.37)
    .sin()
    .maskedFill(ops.ones([size, size]).triu(1).bool(), -Infinity)
    .softmax(-1);

/** Words as a tokenizer of the test has them. */
const words = { tokens: (ids: readonly number[]) => ids.map((id) => ` w${id}`) };
const evil = "<img src=x onerror=alert(1)>\u0000&";

test("attention: every weight is kept, the mask is seen, and what is said of a head is true", () => {
  const pattern = tensor([
    [
      [1, 0, 0],
      [0.25, 0.75, 0],
      [0.5, 0.25, 0.25],
    ],
  ]);
  const payload = payloadOf<AttentionPayload>(
    show.attention(pattern, { tokens: ["a", " b", evil], layer: 3 }),
    "attention",
  );
  expect(payload).toMatchObject({
    causal: true,
    name: "attention of layer 3",
    rowSumError: 0,
    tokens: ["a", " b", expect.any(String)],
  });
  expect([...unpackedHeads(payload.preview, 1)]).toEqual([1, 0, 0, 0.25, 0.75, 0, 0.5, 0.25, 0.25]);
  const entropy = (0.25 * 2 + 0.75 * Math.log2(4 / 3) + 1.5) / 2;
  expect(payload.heads).toEqual([
    { entropy: expect.closeTo(entropy, 3), first: 0.375, previous: 0.25, itself: 0.5 },
  ]);
  expect(payload.histogram.reduce((sum, count) => sum + count)).toBe(6);
});

test("attention: a weight after the query means that there is no mask", () => {
  const payload = payloadOf<AttentionPayload>(
    show.attention(
      tensor([
        [0.5, 0.5],
        [0.5, 0.5],
      ]),
    ),
    "attention",
  );
  expect(payload).toMatchObject({ causal: false, axes: ["query", "key"] });
});

test("attention: missing weights show in the sums, one query and one key have nothing before them", () => {
  const broken = tensor([
    [1, 0],
    [Number.NaN, 0.5],
  ]);
  const payload = payloadOf<AttentionPayload>(show.attention(broken), "attention");
  expect(payload).toMatchObject({
    rowSumError: 0.5,
    heads: [{ entropy: 0.5, first: 0, previous: 0, itself: 0.5 }],
  });
  const single = payloadOf<AttentionPayload>(show.attention(tensor([[[1]], [[1]]])), "attention");
  expect(single.heads[1]).toEqual({ entropy: 0, first: 1, previous: 0, itself: 1 });
});

test("attention: many heads and tokens stay within 64 KB; a pooled cell has the largest weight under it", () => {
  const pattern = causal(12, 200);
  const tokens = Array<string>(200).fill(evil.repeat(5));
  const picture = show.attention(pattern.unsqueeze(0), { tokens });
  const payload = payloadOf<AttentionPayload>(picture, "attention");
  expect(bytesOf(payload)).toBeLessThanOrEqual(MOST_BYTES);
  expect(payload.tokens).toHaveLength(200);
  const { pool, cols, rows } = payload.preview;
  expect(pool).toBeGreaterThan(1);
  const cells = unpackedHeads(payload.preview, 12);
  const block = pattern
    .at(7, `${2 * pool}:${3 * pool}`, `${pool}:${2 * pool}`)
    .max()
    .item();
  expect(cells[(7 * rows + 2) * cols + 1]).toBeCloseTo(block, 4);
  expect(bundleOf(picture)["image/png"]).toMatch(/^iVBOR/);
});

test("attention: what is no attention is told", () => {
  const fails = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    return "no error";
  };
  expect([
    fails(() => show.attention(tensor([[3, 1]]))),
    fails(() => show.attention(ops.ones([2, 3, 4, 4]))),
    fails(() => show.attention(ops.ones([4]))),
    fails(() => show.attention(ops.zeros([0, 4, 4]))),
    fails(() => show.attention(causal(1, 3), { tokens: ["a"] })),
    fails(() => show.attention(tensor([[1]], { dtype: "int64" }))),
    fails(() => show.tokens(["a", "b"], ops.ones([2, 2]))),
    fails(() => show.nextTokens(ops.ones([2, 3, 4]), words)),
    fails(() => show.nextTokens(tensor([Number.NaN, 1]), words)),
    fails(() => show.nextTokens(tensor([2, 1]), words, { top: 0 })),
    fails(() => show.logitLens([ops.ones([2, 4]), ops.ones([3, 4])], { tokenizer: words })),
    fails(() => show.logitLens(ops.ones([2, 2, 4]), { tokenizer: words, layers: [1] })),
  ]).toMatchSnapshot();
});

test("tokens: values as they are, signs in two colours, what is not finite is missing and counted", () => {
  const picture = show.tokens(["a", evil, "c"], tensor([[-1.5], [0.1], [Number.NaN]]), { label: "score" });
  const payload = payloadOf<TokensPayload>(picture, "tokens");
  expect(payload).toMatchObject({
    values: [-1.5, 0.1, null],
    range: { lo: -2, hi: 2, palette: "diverging" },
    missing: 1,
    count: 3,
  });
  const svg = bundleOf(picture)["image/svg+xml"] as string;
  expect(svg).toContain("&lt;img");
  expect(svg).not.toContain("<img");
  expect(svg).not.toContain("\u0000");
});

test("tokens: long texts are cut at the end, and say so", () => {
  const count = 20_000;
  const payload = payloadOf<TokensPayload>(
    show.tokens(
      Array<string>(count).fill(" word"),
      Array.from({ length: count }, (_, i) => i / 7),
    ),
    "tokens",
  );
  expect(bytesOf(payload)).toBeLessThanOrEqual(MOST_BYTES);
  expect(payload.count).toBe(count);
  expect(payload.max).toBeCloseTo((count - 1) / 7);
  expect(payload.tokens.length).toBe(payload.values.length);
  expect(payload.tokens.length).toBeGreaterThan(1000);
});

test("the likeliest tokens are those of sort and softmax", () => {
  const scores = fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 8 }), (list, top) => {
      const data = Float32Array.from(list);
      const found = topOf(data, 0, data.length, top);
      const sum = data.reduce((total, score) => total + Math.exp(score), 0);
      const all = [...data].map((score) => Math.exp(score) / sum);
      const sorted = [...all].sort((a, b) => b - a).slice(0, top);
      for (const [i, share] of found.probabilities.entries()) expect(share).toBeCloseTo(sorted[i]!, 6);
      expect(new Set(found.ids).size).toBe(Math.min(top, data.length));
      const entropy = -all.reduce((total, share) => total + (share > 0 ? share * Math.log2(share) : 0), 0);
      expect(found.entropy).toBeCloseTo(entropy, 4);
    }),
  );
});

test("next tokens: the last position counts", () => {
  const picture = show.nextTokens(
    tensor([
      [
        [9, 0, 0],
        [0, Math.log(3), -Infinity],
      ],
    ]),
    words,
    { top: 5 },
  );
  const payload = payloadOf<NextTokensPayload>(picture, "next-tokens");
  expect(payload.entries.map(({ token, id }) => [token, id])).toEqual([
    [" w1", 1],
    [" w0", 0],
  ]);
  expect(payload.entries.map(({ probability }) => probability)).toEqual([
    expect.closeTo(0.75, 6),
    expect.closeTo(0.25, 6),
  ]);
  expect(payload).toMatchObject({ vocabulary: 3, rest: 0 });
  expect(String(picture)).toBe(' 75.0 %  " w1"\n 25.0 %  " w0"');
});

test("logit lens: a list of layers and a stack of them are the same; guesses are cut to 64 KB", () => {
  const logits = ops
    .arange(3 * 4 * 50)
    .mul(1.7)
    .sin()
    .mul(9)
    .reshape([3, 4, 50]);
  const view = { tokenizer: words, tokens: ["a", "b", "c", evil] };
  const stack = payloadOf<LogitLensPayload>(show.logitLens(logits, view), "logit-lens");
  const list = show.logitLens(
    [0, 1, 2].map((layer) => logits.at(layer).unsqueeze(0)),
    view,
  );
  const { where: _, ...rest } = payloadOf<LogitLensPayload>(list, "logit-lens");
  expect(stack).toMatchObject(rest);
  const ids = new Uint16Array(Uint8Array.from(Buffer.from(stack.cells, "base64")).buffer);
  const best = logits.at(2, 3).argmax().item();
  expect(stack.words[ids[(2 * 4 + 3) * 5]!]).toBe(` w${best}`);
  const long = ops
    .arange(40 * 300 * 60)
    .mul(1.3)
    .sin()
    .reshape([40, 300, 60]);
  const cut = payloadOf<LogitLensPayload>(show.logitLens(long, { tokenizer: words }), "logit-lens");
  expect(bytesOf(cut)).toBeLessThanOrEqual(MOST_BYTES);
  expect(cut.layers.at(-1)).toBe(39);
  expect(cut).toMatchObject({ layerCount: 40, positionCount: 300 });
});
