/** Weights in fewer bits as ONNX Runtime computes with them: products, rows, and as float32. */
import { BLOCK, type Blocks, type Halves, type Packed } from "../tensor/packed.ts";
import type { Type } from "../tensor/type.ts";
import type { Emit } from "./spec.ts";

/** What can be done with one kind. */
interface Kernels<P extends Packed> {
  /** x · Wᵀ for W `[out, in]`. @param rank of x, at least 2 */
  product(emit: Emit, packed: P, x: string, rank: number): string;
  /** The rows that a list of ids `[n]` names, `[n, columns]`. */
  rows(emit: Emit, packed: P, ids: string): string;
  /** Values in a row. */
  columns(packed: P): number;
  /** `[rows, columns]` as float32. */
  whole(emit: Emit, packed: P): string;
}

const FLOAT = { to: 1 };

const halves: Kernels<Halves> = {
  product(emit, { parts, turned }, x) {
    const each = parts.map((part) => {
      const weight = emit.node("Cast", [emit.stored(part, true)], FLOAT);
      return emit.node("FusedMatMul", [x, weight], turned ? {} : { transB: 1 }, "com.microsoft");
    });
    return each.length === 1 ? each[0]! : emit.node("Concat", each, { axis: -1 });
  },
  rows: (emit, { values }, ids) =>
    emit.node("Cast", [emit.node("Gather", [emit.stored(values, true), ids], { axis: 0 })], FLOAT),
  columns: ({ values }) => values.shape[1]!,
  whole: (emit, { values }) => emit.node("Cast", [emit.stored(values, true)], FLOAT),
};

const blocks: Kernels<Blocks> = {
  product(emit, { values, scales, offsets, planes, rounds }, x, rank) {
    const [out, count] = [values.shape[0]!, values.shape[1]! / planes];
    const product = emit.node(
      "MatMulNBits",
      [
        planes === 1 ? x : emit.node("Concat", Array(planes).fill(x), { axis: -1 }),
        emit.stored(values),
        emit.stored(scales),
      ],
      { K: planes * count * BLOCK, N: out, bits: 4, block_size: BLOCK, accuracy_level: rounds ? 4 : 1 },
      "com.microsoft",
    );
    if (!offsets) return product;
    // The offset of a block is the same for all of its weights, so that it meets the sum of what they are multiplied with.
    const apart = emit.node("Reshape", [x, emit.ints([...Array(rank - 1).fill(0), count, BLOCK])]);
    const sums = emit.node("ReduceSum", [apart, emit.ints([-1])], { keepdims: 0 });
    const more = emit.node("FusedMatMul", [sums, emit.stored(offsets)], { transB: 1 }, "com.microsoft");
    return emit.node("Add", [product, more]);
  },
  rows(emit, packed, ids) {
    const { values, scales, offsets } = packed;
    const rowsOf = (host: typeof values): string =>
      emit.node("Gather", [emit.stored(host), ids], { axis: 0 });
    return widened(emit, packed, rowsOf(values), rowsOf(scales), offsets && rowsOf(offsets));
  },
  columns: ({ values, planes }) => (values.shape[1]! / planes) * BLOCK,
  whole(emit, packed) {
    const { values, scales, offsets, turned } = packed;
    const made = widened(
      emit,
      packed,
      emit.stored(values),
      emit.stored(scales),
      offsets && emit.stored(offsets),
    );
    return turned ? emit.node("Transpose", [made], { perm: [1, 0] }) : made;
  },
};

/** The numbers of some rows `[n, in]`. */
function widened(
  emit: Emit,
  { values, planes }: Blocks,
  bytes: string,
  scales: string,
  offsets: string | undefined,
): string {
  const count = values.shape[1]! / planes;
  const one = (value: number): string =>
    emit.constant({ dtype: "uint8", shape: [], data: Uint8Array.of(value) });
  const low = emit.node("BitwiseAnd", [bytes, one(15)]);
  const high = emit.node("BitShift", [bytes, one(4)], { direction: "RIGHT" });
  const last = emit.ints([-1]);
  const pairs = emit.node(
    "Concat",
    [low, high].map((half) => emit.node("Unsqueeze", [half, last])),
    {
      axis: -1,
    },
  );
  const eight = emit.constant({ dtype: "float32", shape: [], data: Float32Array.of(8) });
  const numbers = emit.node("Sub", [
    emit.node("Cast", [emit.node("Reshape", [pairs, emit.ints([0, planes, count, BLOCK])])], FLOAT),
    eight,
  ]);
  const factors = emit.node("Reshape", [scales, emit.ints([0, planes, count, 1])]);
  const sum = emit.node("ReduceSum", [emit.node("Mul", [numbers, factors]), emit.ints([1])], { keepdims: 0 });
  const moved = offsets ? emit.node("Add", [sum, emit.node("Unsqueeze", [offsets, last])]) : sum;
  return emit.node("Reshape", [moved, emit.ints([0, count * BLOCK])]);
}

const kernels = { halves, blocks } as const;

const kernelsOf = <P extends Packed>({ kind }: P): Kernels<P> => kernels[kind] as unknown as Kernels<P>;

/** x · W, if the name is of a weight that is to be read in fewer bits and is turned as the product needs it. */
export function packedProduct(
  emit: Emit,
  x: string,
  weight: string,
  { shape }: Type,
  turned: boolean,
): string | undefined {
  const packed = emit.packed(weight) ?? emit.blocks(weight);
  if (!packed || packed.turned !== turned) return undefined;
  if (shape.length > 1) return kernelsOf(packed).product(emit, packed, x, shape.length);
  const made = kernelsOf(packed).product(emit, packed, emit.node("Unsqueeze", [x, emit.ints([0])]), 2);
  return emit.node("Squeeze", [made, emit.ints([0])]);
}

/** The rows that ids of any shape name, if the name is of a weight in fewer bits. */
export function packedRows(emit: Emit, ids: string, weight: string): string | undefined {
  const packed = emit.packed(weight);
  if (!packed || packed.turned) return undefined;
  const flat = emit.node("Reshape", [ids, emit.ints([-1])]);
  const columns = kernelsOf(packed).columns(packed);
  const shape = emit.node("Concat", [emit.node("Shape", [ids]), emit.ints([columns])], { axis: 0 });
  return emit.node("Reshape", [kernelsOf(packed).rows(emit, packed, flat), shape]);
}

/** As float32, whatever the name is of. */
export function whole(emit: Emit, name: string): string {
  const packed = emit.packed(name);
  return packed ? kernelsOf(packed).whole(emit, packed) : name;
}
