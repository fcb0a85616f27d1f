/** Gradients of matrix products, norms, rotary positions and attention. */
import type { Rule, Site } from "../site.ts";

const product: Rule = (at) => {
  const [a, b] = [at.x(0), at.x(1)];
  const [transA, transB] = [at.attribute<number>("transA", 0) === 1, at.attribute<number>("transB", 0) === 1];
  const { g } = at;
  const left = (): string =>
    transA ? at.product(b, g, { a: transB, b: true }) : at.product(g, b, { b: !transB });
  const right = (): string =>
    transB ? at.product(g, a, { a: true, b: transA }) : at.product(a, g, { a: !transA });
  // A matrix on the right is the same for all of what is on the left, so that nothing on the left was repeated.
  const plain = (at.rank(a) ?? 0) >= 2 && at.rank(b) === 2;
  return [
    at.needs[0] ? (plain ? left() : at.sumTo(left(), a)) : undefined,
    at.needs[1] ? at.sumTo(right(), b) : undefined,
  ];
};

/** The mean along the last `-axis` axes. */
function mean(at: Site, x: string): string {
  const axis = at.attribute("axis", -1);
  const axes = at.ints(...Array.from({ length: -axis }, (_, i) => axis + i));
  return at.op("ReduceMean", [x, axes], { keepdims: 1 });
}

/** 1 / sqrt(mean(x²) + ε) of what is normalized. */
const inverse = (at: Site, x: string): string =>
  at.op("Reciprocal", [
    at.op("Sqrt", [at.add(mean(at, at.mul(x, x)), at.number(at.float("epsilon", 1e-5)))]),
  ]);

/** y = x r s with r = 1 / sqrt(mean(x²) + ε): r (gs − x r² mean(gs x)). */
const rmsNorm: Rule = (at) => {
  const [x, scale] = [at.x(0), at.x(1)];
  const r = inverse(at, x);
  const gs = at.mul(at.g, scale);
  const correction = at.mul(x, r, r, mean(at, at.mul(gs, x)));
  return [
    at.needs[0] ? at.mul(r, at.sub(gs, correction)) : undefined,
    at.needs[1] ? at.sumTo(at.mul(at.g, x, r), scale) : undefined,
  ];
};

/** The same of the centred x, and centred. */
const layerNorm: Rule = (at) => {
  const [x, scale, bias] = [at.x(0), at.x(1), at.x(2)];
  const centred = at.sub(x, mean(at, x));
  const normal = at.mul(centred, inverse(at, centred));
  const gs = at.mul(at.g, scale);
  const inner = at.sub(at.sub(gs, mean(at, gs)), at.mul(normal, mean(at, at.mul(gs, normal))));
  return [
    at.needs[0] ? at.mul(inverse(at, centred), inner) : undefined,
    at.needs[1] ? at.sumTo(at.mul(at.g, normal), scale) : undefined,
    bias && at.needs[2] ? at.sumTo(at.g, bias) : undefined,
  ];
};

/** Heads that share a key and value are summed: query `[b, h, s, d]` as `[b, g, h / g, s, d]`, key as `[b, g, 1, t, d]`. */
const attention: Rule = (at) => {
  const [q, k, v, mask] = [at.x(0), at.x(1), at.x(2), at.x(3)];
  const inputs = at.node.inputs.slice(0, 4);
  const [, , , pattern] = at.builder.nodes(
    "Attention",
    inputs,
    { ...at.node.attributes, qk_matmul_output_mode: 3 },
    4,
  );
  const grouped = (x: string): string =>
    at.op("Reshape", [
      x,
      at.op("Concat", [at.size(q, 0), at.size(k, 1), at.ints(-1), at.size(x, 2), at.size(x, 3)], { axis: 0 }),
    ]);
  const shared = (x: string): string => at.op("Unsqueeze", [x, at.ints(2)]);
  const together = (x: string, like: string): string =>
    at.shaped(at.op("ReduceSum", [x, at.ints(2)], { keepdims: 0 }), like);
  const [p, g, q5, k5, v5] = [grouped(pattern!), grouped(at.g), grouped(q), shared(k), shared(v)];
  const dp = at.product(g, v5, { b: true });
  const weighted = at.mul(p, dp);
  const ds = at.sub(weighted, at.mul(p, at.op("ReduceSum", [weighted, at.ints(-1)], { keepdims: 1 })));
  const scale = at.node.attributes["scale"]
    ? at.number(at.float("scale", 1))
    : at.op("Reciprocal", [at.op("Sqrt", [at.op("Cast", [at.size(q, 3)], { to: 1 })])]);
  const scaled = at.mul(ds, scale);
  return [
    at.needs[0] ? at.shaped(at.product(scaled, k5), q) : undefined,
    at.needs[1] ? together(at.product(scaled, q5, { a: true }), k) : undefined,
    at.needs[2] ? together(at.product(p, g, { a: true }), v) : undefined,
    mask && at.needs[3] ? at.sumTo(at.shaped(ds, pattern!), mask, pattern) : undefined,
  ];
};

/** Back by the opposite angles; cos and sin are those of all heads. */
const rotary: Rule = (at) => {
  const [x, cos, sin] = [at.x(0), at.x(1), at.x(2)];
  const halves = (value: string): string[] =>
    at.builder.nodes("Split", [value], { axis: -1, num_outputs: 2 }, 2);
  const heads = (value: string, of: string): string =>
    at.sumTo(at.op("ReduceSum", [value, at.ints(1)], { keepdims: 0 }), of, "");
  const angles = at.needs[1] || at.needs[2] ? [...halves(x), ...halves(at.g)] : [];
  const [a, b, ga, gb] = angles as [string, string, string, string];
  return [
    at.needs[0] ? at.again([at.g, cos, at.op("Neg", [sin])]) : undefined,
    at.needs[1] ? heads(at.add(at.mul(ga, a), at.mul(gb, b)), cos) : undefined,
    at.needs[2] ? heads(at.sub(at.mul(gb, a), at.mul(ga, b)), sin) : undefined,
  ];
};

export const layers: Readonly<Record<string, Rule>> = {
  MatMul: product,
  FusedMatMul: product,
  RMSNormalization: rmsNorm,
  LayerNormalization: layerNorm,
  RotaryEmbedding: rotary,
  Attention: attention,
};
