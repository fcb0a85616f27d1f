/** Products of matrices, and rows of a table. */
import { IndexError, ShapeError, TypeError } from "../base/errors.ts";
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import { broadcast, type Dim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { broadcastTo, withShape } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { packedProduct, packedRows, whole } from "./packed.ts";
import { product } from "./product.ts";
import { countOf, demand, oneFloat } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * The product of matrices `[…, n, k]` and `[…, k, m]`; leading dimensions are broadcast, a vector counts as a row
 * on the left and a column on the right.
 * @example tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // tensor([3., 7.])
 * @throws ShapeError when the inner sizes differ
 * @see torch.matmul
 */
export const matmul = op({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  infer: ([a, b]) => productType(a!, b!),
  takesPacked: true,
  lower: (emit, [a, b], _, [left, right]) => {
    const few = packedProduct(emit, a!, b!, left!, true);
    if (few) return few;
    const row = left!.shape.length === 1 ? emit.node("Unsqueeze", [a!, emit.ints([0])]) : a!;
    const column = right!.shape.length === 1 ? emit.node("Unsqueeze", [b!, emit.ints([1])]) : b!;
    const made = [...(row === a ? [] : [-2]), ...(column === b ? [] : [-1])];
    const result = emit.node("MatMul", [row, whole(emit, column)]);
    return made.length === 0 ? result : emit.node("Squeeze", [result, emit.ints(made)]);
  },
  evaluate: ([a, b]) => {
    const shape = productType(a!, b!).shape as number[];
    const [left, right] = [matrixOf(a!, 0) as number[], matrixOf(b!, -1) as number[]];
    const lead = broadcast(left.slice(0, -2), right.slice(0, -2)) as number[];
    const n = left.at(-2)!;
    const k = left.at(-1)!;
    const m = right.at(-1)!;
    const spread = (x: Host, dims: number[]) =>
      broadcastTo(withShape(x, dims), [...lead, ...dims.slice(-2)]).data;
    return {
      dtype: a!.dtype,
      shape,
      data: product(spread(a!, left), spread(b!, right), sizeOf(lead), n, k, m, false),
    };
  },
  flops: ([a, b]) => 2 * countOf(a!.shape) * (b!.shape.length === 1 ? 1 : (sizeOfDim(b!.shape.at(-1)!) ?? 1)),
});

/**
 * x · weightᵀ + bias, for x `[…, in]`, weight `[out, in]` and bias `[out]` (or none).
 * @example ops.linear(tensor([1, 2]), tensor([[3, 4]]), tensor([5])) // tensor([16.])
 * @throws ShapeError when sizes do not fit
 * @see torch.nn.functional.linear
 */
export const linear = op({
  call: (x: Value, weight: Value, bias?: Value | null) => ({
    operands: bias === undefined || bias === null ? [x, weight] : [x, weight, bias],
    params: {},
  }),
  infer: ([x, weight, bias]) => {
    const dtype = oneFloat("linear", x, weight, bias);
    const [given, size] = [sizeOfDim(x!.shape.at(-1) ?? 0), sizeOfDim(weight!.shape.at(-1) ?? 0)];
    if (
      weight!.shape.length !== 2 ||
      x!.shape.length === 0 ||
      (given !== undefined && size !== undefined && given !== size)
    ) {
      throw new ShapeError(
        `linear of ${printType(x!)} with weight ${printType(weight!)}: the last size of x must be weight's last`,
      );
    }
    const out = weight!.shape[0]!;
    const shape = [...x!.shape.slice(0, -1), out];
    if (!bias) return { dtype, shape };
    if (bias.shape.length !== 1 || sizeOfDim(bias.shape[0]!) !== sizeOfDim(out)) {
      throw new ShapeError(
        `linear: bias ${printType(bias)} for weight ${printType(weight!)}: it needs one number for each row`,
      );
    }
    return { dtype, shape };
  },
  takesPacked: true,
  lower: (emit, [x, weight, bias], _, [type]) => {
    const result = packedProduct(emit, x!, weight!, type!, false) ?? plainProduct(emit, x!, weight!, type!);
    return bias ? emit.node("Add", [result, bias]) : result;
  },
  evaluate: ([x, weight, bias]) => {
    const [m, k] = weight!.shape as [number, number];
    const shape = [...x!.shape.slice(0, -1), m];
    const data = product(x!.data, weight!.data, 1, sizeOf(x!.shape.slice(0, -1)), k, m, true) as Float32Array;
    const more = bias?.data as Float32Array | undefined;
    if (more) for (let i = 0; i < data.length; i++) data[i]! += more[i % m]!;
    return { dtype: x!.dtype, shape, data };
  },
  flops: ([x, weight, bias]) => {
    const out = sizeOfDim(weight!.shape[0]!) ?? 1;
    return 2 * countOf(x!.shape) * out + (bias ? countOf(x!.shape.slice(0, -1)) * out : 0);
  },
});

/** x · weightᵀ */
function plainProduct(emit: Emit, x: string, packed: string, { dtype, shape }: Type): string {
  const weight = whole(emit, packed);
  const vector = shape.length === 1;
  const rows = vector ? emit.node("Unsqueeze", [x, emit.ints([0])]) : x;
  const product =
    dtype === "float32"
      ? emit.node("FusedMatMul", [rows, weight], { transB: 1 }, "com.microsoft")
      : emit.node("MatMul", [rows, emit.node("Transpose", [weight], { perm: [1, 0] })]);
  return vector ? emit.node("Squeeze", [product, emit.ints([0])]) : product;
}

/**
 * The rows of weight `[n, size]` that ids `[…]` name: `[…, size]`.
 * @example ops.embedding(tensor([1n, 0n]), tensor([[1, 2], [3, 4]])) // tensor([[3., 4.], [1., 2.]])
 * @throws IndexError when an id lies outside the table
 * @see torch.nn.functional.embedding
 */
export const embedding = op({
  call: (ids: Value, weight: Value) => ({ operands: [ids, weight], params: {} }),
  infer: ([ids, weight]) => {
    demand(ids!, "embedding (ids)", "int");
    if (weight!.shape.length !== 2)
      throw new ShapeError(`embedding: the table is a matrix, not ${printType(weight!)}`);
    return { dtype: weight!.dtype, shape: [...ids!.shape, weight!.shape[1]!] };
  },
  moves: true,
  takesPacked: true,
  lower: (emit, [ids, weight], _, [type]) => {
    const places = castTo(emit, ids!, type!.dtype, "int64");
    return packedRows(emit, places, weight!) ?? emit.node("Gather", [weight!, places], { axis: 0 });
  },
  evaluate: ([ids, weight]) => {
    const [rows, size] = weight!.shape as [number, number];
    const [from, places] = [weight!.data as Float32Array, ids!.data];
    const data = allocate(weight!.dtype, places.length * size);
    for (let i = 0; i < places.length; i++) {
      const id = Number(places[i]);
      if (id < 0 || id >= rows) throw new IndexError(`embedding: id ${id} in a table of ${rows} rows`);
      (data as Float32Array).set(from.subarray(id * size, (id + 1) * size), i * size);
    }
    return { dtype: weight!.dtype, shape: [...ids!.shape, size], data };
  },
  flops: () => 0,
});

/** A vector as a matrix; the new size of 1 stands at `axis`. */
function matrixOf(x: Type, axis: 0 | -1): Dim[] {
  if (x.shape.length === 0) throw new ShapeError("matmul of a number: use mul");
  if (x.shape.length > 1) return [...x.shape];
  return axis === 0 ? [1, x.shape[0]!] : [x.shape[0]!, 1];
}

function productType(a: Type, b: Type): Type {
  if (a.dtype !== b.dtype || a.dtype === "bool") {
    throw new TypeError(`matmul of ${a.dtype} and ${b.dtype}: both must have one dtype, and not bool`);
  }
  const [left, right] = [matrixOf(a, 0), matrixOf(b, -1)];
  const [inner, other] = [sizeOfDim(left.at(-1)!), sizeOfDim(right.at(-2)!)];
  if (inner !== undefined && other !== undefined && inner !== other) {
    throw new ShapeError(
      `matmul of ${printType(a)} and ${printType(b)}: the inner sizes ${inner} and ${other} differ`,
    );
  }
  const rows = a.shape.length === 1 ? [] : [left.at(-2)!];
  const columns = b.shape.length === 1 ? [] : [right.at(-1)!];
  return {
    dtype: a.dtype,
    shape: [...broadcast(left.slice(0, -2), right.slice(0, -2)), ...rows, ...columns],
  };
}
