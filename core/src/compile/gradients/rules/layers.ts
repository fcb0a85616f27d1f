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

/** What a norm makes without its scale, and what it multiplies with: n = (x − …) r. */
function normal(at: Site, operator: string, count: number): { readonly n: string; readonly r: string } {
  const ones = at.op("Expand", [at.number(1), at.shape(at.x(1))]);
  const { axis = -1, epsilon = { float: 1e-5 } } = at.node.attributes;
  const made = at.builder.nodes(operator, [at.x(0), ones], { axis, epsilon }, count);
  return { n: made[0]!, r: made.at(-1)! };
}

/** y = n s with n = x r and r = 1 / sqrt(mean(x²) + ε): r (gs − n mean(gs n)). */
const rmsNorm: Rule = (at) => {
  const { n, r } = normal(at, "SimplifiedLayerNormalization", 2);
  const gs = at.mul(at.g, at.x(1));
  return [
    at.needs[0] ? at.mul(r, at.sub(gs, at.mul(n, mean(at, at.mul(gs, n))))) : undefined,
    at.needs[1] ? at.sumTo(at.mul(at.g, n), at.x(1)) : undefined,
  ];
};

/** The same of the centred x, and centred. */
const layerNorm: Rule = (at) => {
  const { n, r } = normal(at, "LayerNormalization", 3);
  const gs = at.mul(at.g, at.x(1));
  const inner = (): string => at.sub(at.sub(gs, mean(at, gs)), at.mul(n, mean(at, at.mul(gs, n))));
  return [
    at.needs[0] ? at.mul(r, inner()) : undefined,
    at.needs[1] ? at.sumTo(at.mul(at.g, n), at.x(1)) : undefined,
    at.x(2) && at.needs[2] ? at.sumTo(at.g, at.x(2)) : undefined,
  ];
};

/**
 * Queries whose heads share a key and value stand one below the other: `[b, h, s, d]` as `[b, g, h / g · s, d]`, so that the
 * products with them sum over these heads.
 */
const attention: Rule = (at) => {
  const [q, k, v, mask] = [at.x(0), at.x(1), at.x(2), at.x(3)];
  const inputs = at.node.inputs.slice(0, 4);
  const [, , , pattern] = at.builder.nodes(
    "Attention",
    inputs,
    { ...at.node.attributes, qk_matmul_output_mode: 3 },
    4,
  );
  const below = (x: string, last: string): string =>
    at.op("Reshape", [x, at.op("Concat", [at.ints(0), at.size(k, 1), at.ints(-1), last], { axis: 0 })]);
  const [p, g, rows] = [
    below(pattern!, at.size(k, 2)),
    below(at.g, at.size(v, 3)),
    below(q, at.size(q, 3)),
  ] as const;
  const dp = at.product(g, v, { b: true });
  const weighted = at.mul(p, dp);
  const ds = at.sub(weighted, at.mul(p, at.op("ReduceSum", [weighted, at.ints(-1)], { keepdims: 1 })));
  const said = at.node.attributes["scale"] !== undefined;
  const root = (): string => at.op("Sqrt", [at.op("Cast", [at.size(q, 3)], { to: 1 })]);
  const [scaled, times] = said ? [ds, at.float("scale", 1)] : [at.div(ds, root()), 1];
  return [
    at.needs[0] ? at.shaped(at.product(scaled, k, { times }), q) : undefined,
    at.needs[1] ? at.product(scaled, rows, { a: true, times }) : undefined,
    at.needs[2] ? at.product(p, g, { a: true }) : undefined,
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
