/** Attention and rotary positions, on `[batch, heads, position, headDim]`. */
import { ShapeError } from "../base/errors.ts";
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import { broadcast, type Dim, printType, sameDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { broadcastTo } from "./kernels.ts";
import { sizesAt } from "./lowering.ts";
import { product } from "./product.ts";
import { countOf, oneFloat } from "./shapes.ts";
import { type Operand, op, type Value } from "./spec.ts";

export interface AttentionOptions {
  /** bool (true: may be seen) or a float (is added), broadcast to `[batch, heads, position, keys]`. */
  readonly attnMask?: Operand | null;
  readonly dropoutP?: 0;
  /** Each position sees itself and what is before it. */
  readonly isCausal?: boolean;
  /** What scores are multiplied by; 1 / sqrt(headDim) unless given. */
  readonly scale?: number | null;
  /** Several heads of the query may share one of key and value. */
  readonly enableGqa?: boolean;
}

/**
 * softmax(query · keyᵀ · scale + mask) · value.
 * @example ops.scaledDotProductAttention(tensor([[[[1], [1]]]]), tensor([[[[0], [9]]]]), tensor([[[[5], [7]]]])).flatten() // tensor([6.9998, 6.9998])
 * @throws ShapeError when sizes do not fit
 * @see torch.nn.functional.scaled_dot_product_attention
 */
export const scaledDotProductAttention = op({
  single: true,
  call: (query: Value, key: Value, value: Value, options: AttentionOptions = {}) => ({
    operands: options.attnMask ? [query, key, value, options.attnMask] : [query, key, value],
    params: {
      isCausal: options.isCausal ?? false,
      scale: options.scale ?? null,
      enableGqa: options.enableGqa ?? false,
    },
  }),
  infer: ([query, key, value, mask], { enableGqa }) => {
    const [q, k, v] = [query!, key!, value!];
    const dtype = oneFloat("scaledDotProductAttention", q, k, v);
    for (const x of [q, k, v]) {
      if (x.shape.length !== 4)
        throw unfit(q, k, v, "each has four dimensions: [batch, heads, position, headDim]");
    }
    if (!fits(q, k, 0) || !fits(k, v, 0)) throw unfit(q, k, v, "the batches differ");
    if (!fits(q, k, 3)) throw unfit(q, k, v, "the head sizes of query and key differ");
    if (!fits(k, v, 2) || !fits(k, v, 1)) throw unfit(q, k, v, "key and value differ in heads or positions");
    const [heads, groups] = [sizeOfDim(q.shape[1]!), sizeOfDim(k.shape[1]!)];
    if (
      heads !== undefined &&
      groups !== undefined &&
      heads !== groups &&
      !(enableGqa && heads % groups === 0)
    ) {
      throw unfit(
        q,
        k,
        v,
        enableGqa ? "the heads are no multiple" : "the heads differ: set enableGqa to share them",
      );
    }
    if (mask) broadcast(mask.shape, [...q.shape.slice(0, 3), k.shape[2]!]);
    return { dtype, shape: [...q.shape.slice(0, 3), v.shape[3]!] };
  },
  lower: (emit, inputs, { isCausal, scale }) =>
    emit.node("Attention", inputs, {
      is_causal: Number(isCausal),
      ...(scale === null ? {} : { scale: { float: scale } }),
    }),
  evaluate: ([q, k, v, mask], { isCausal, scale }) => attend(q!, k!, v!, mask, isCausal, scale),
  flops: ([q, k]) => 4 * countOf([...q!.shape.slice(0, 3), k!.shape[2]!]) * countOf([q!.shape[3]!]),
});

/**
 * Turns pairs of numbers (i, i + headDim/2) of x by the angles whose cos and sin are given, as Llama does.
 * @param cos,sin `[batch, position, headDim/2]`
 * @example ops.rotaryEmbedding(ops.ones(1, 1, 1, 2), ops.zeros(1, 1, 1), ops.ones(1, 1, 1)).flatten() // tensor([-1., 1.])
 * @throws ShapeError when sizes do not fit
 */
export const rotaryEmbedding = op({
  single: true,
  call: (x: Value, cos: Value, sin: Value) => ({ operands: [x, cos, sin], params: {} }),
  infer: ([x, cos, sin]) => {
    oneFloat("rotaryEmbedding", x, cos, sin);
    const half = sizeOfDim(cos!.shape.at(-1) ?? 0);
    const size = sizeOfDim(x!.shape.at(-1) ?? 0);
    const ok =
      x!.shape.length === 4 &&
      cos!.shape.length === 3 &&
      sin!.shape.length === 3 &&
      cos!.shape.every((dim, i) => may(dim, sin!.shape[i]!)) &&
      (cos!.shape[0] === 1 || sizeOfDim(cos!.shape[0]!) === 1 || may(x!.shape[0]!, cos!.shape[0]!)) &&
      may(x!.shape[2]!, cos!.shape[1]!) &&
      (half === undefined || size === undefined || 2 * half === size);
    if (ok) return x!;
    throw new ShapeError(
      `rotaryEmbedding of ${printType(x!)} with cos ${printType(cos!)} and sin ${printType(sin!)}: ` +
        "x is [batch, heads, position, headDim], cos and sin are [batch, position, headDim/2]",
    );
  },
  lower: (emit, [x, cos, sin], _, [type, angle]) => {
    const repeat = (name: string) => {
      if (sameDim(type!.shape[0]!, angle!.shape[0]!)) return name;
      return emit.node("Expand", [
        name,
        emit.node("Concat", [sizesAt(emit, x!, [0]), emit.ints([1, 1])], { axis: 0 }),
      ]);
    };
    return emit.node("RotaryEmbedding", [x!, repeat(cos!), repeat(sin!)]);
  },
  evaluate: ([x, cos, sin]) => rotate(x!, cos!, sin!),
  flops: ([x]) => 3 * countOf(x!.shape),
});

const may = (a: Dim, b: Dim): boolean =>
  sizeOfDim(a) === undefined || sizeOfDim(b) === undefined || sizeOfDim(a) === sizeOfDim(b);

const fits = (a: Type, b: Type, axis: number): boolean => may(a.shape[axis]!, b.shape[axis]!);

const unfit = (q: Type, k: Type, v: Type, why: string): ShapeError =>
  new ShapeError(`scaledDotProductAttention of ${printType(q)}, ${printType(k)}, ${printType(v)}: ${why}`);

function attend(
  q: Host,
  k: Host,
  v: Host,
  mask: Host | undefined,
  causal: boolean,
  given: number | null,
): Host {
  const [batch, heads, positions, size] = q.shape as [number, number, number, number];
  const [groups, keys, width] = [k.shape[1]!, k.shape[2]!, v.shape[3]!];
  const scale = given ?? 1 / Math.sqrt(size);
  const values = v.data as Float32Array;
  const seen = mask && broadcastTo(mask, [batch, heads, positions, keys]).data;
  const out = allocate(q.dtype, batch * heads * positions * width);
  for (let head = 0; head < batch * heads; head++) {
    const group = Math.floor(head / heads) * groups + Math.floor((head % heads) / (heads / groups));
    const query = q.data.subarray(head * positions * size, (head + 1) * positions * size);
    const key = k.data.subarray(group * keys * size, (group + 1) * keys * size);
    const scores = Float64Array.from(product(query, key, 1, positions, size, keys, true) as Float32Array);
    for (let i = 0; i < scores.length; i++) {
      const at = seen?.[head * positions * keys + i];
      const hidden = (causal && i % keys > Math.floor(i / keys)) || (mask?.dtype === "bool" && at === 0);
      scores[i] = hidden ? -Infinity : scores[i]! * scale + (mask && mask.dtype !== "bool" ? Number(at) : 0);
    }
    for (let row = 0; row < positions; row++) {
      const weights = shares(scores.subarray(row * keys, (row + 1) * keys));
      for (let column = 0; column < width; column++) {
        let total = 0;
        for (let i = 0; i < keys; i++) total += weights[i]! * values[(group * keys + i) * width + column]!;
        out[(head * positions + row) * width + column] = total;
      }
    }
  }
  return { dtype: q.dtype, shape: [batch, heads, positions, width], data: out };
}

/** Softmax; zeros where nothing may be seen, as in torch. */
function shares(scores: Float64Array): Float64Array {
  const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (top === -Infinity) return scores.fill(0);
  const sum = scores.reduce((a, b) => a + Math.exp(b - top), 0);
  return scores.map((score) => Math.exp(score - top) / sum);
}

function rotate(x: Host, cos: Host, sin: Host): Host {
  const [batch, heads, positions, size] = x.shape as [number, number, number, number];
  const half = size / 2;
  const angles = (y: Host) => broadcastTo(y, [batch, positions, half]).data as Float32Array;
  const [c, s, from] = [angles(cos), angles(sin), x.data as Float32Array];
  const data = allocate(x.dtype, sizeOf(x.shape));
  for (let row = 0; row < batch * heads * positions; row++) {
    const angle = (Math.floor(row / (heads * positions)) * positions + (row % positions)) * half;
    for (let i = 0; i < half; i++) {
      const at = row * size + i;
      const [a, b] = [from[at]!, from[at + half]!];
      data[at] = a * c[angle + i]! - b * s[angle + i]!;
      data[at + half] = b * c[angle + i]! + a * s[angle + i]!;
    }
  }
  return { dtype: x.dtype, shape: x.shape, data };
}
