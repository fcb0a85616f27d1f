/** The same values with other sizes. Names of dimensions survive where leading dimensions stay as they are. */
import { ShapeError } from "../base/errors.ts";
import { axisOf, type Dim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { withShape } from "./kernels.ts";
import { type Part, reshapeTo, same } from "./lowering.ts";
import { countOf, knownCount, listOf, type Numbers } from "./shapes.ts";
import { type Value, viewOp } from "./spec.ts";

/**
 * The same values in the given sizes, in row-major order. One size may be -1: what is left. 0 keeps the
 * size of that dimension where it is not known.
 * @example tensor([1, 2, 3, 4]).reshape(2, -1) // tensor([[1., 2.], [3., 4.]])
 * @throws ShapeError when the numbers of elements differ
 * @see torch.reshape
 */
export const reshape = resize();

/**
 * As `reshape`: there is no memory to share.
 * @example tensor([1, 2, 3, 4]).view(2, 2) // tensor([[1., 2.], [3., 4.]])
 * @see torch.Tensor.view
 */
export const view = resize();

/**
 * The dimensions from `startDim` to `endDim` as one.
 * @example tensor([[1, 2], [3, 4]]).flatten() // tensor([1., 2., 3., 4.])
 * @see torch.flatten
 */
export const flatten = viewOp({
  call: (x: Value, startDim: number = 0, endDim: number = -1) => ({
    operands: [x],
    params: { startDim, endDim },
  }),
  infer: ([x], { startDim, endDim }) => ({ dtype: x!.dtype, shape: flattened(x!, startDim, endDim) }),
  lower: (emit, [x], { startDim, endDim }, [type]) => {
    const [start, end] = rangeOf(type!, startDim, endDim);
    if (start === end && type!.shape.length > 0) return emit.node("Identity", [x!]);
    const middle = joinedDim(type!.shape.slice(start, end + 1));
    const parts = same(type!);
    const after = type!.shape
      .slice(end + 1)
      .map((dim, i): Part => (typeof dim === "number" ? dim : parts[end + 1 + i]!));
    return reshapeTo(emit, x!, [
      ...parts.slice(0, start),
      typeof middle === "number" ? middle : -1,
      ...after,
    ]);
  },
  evaluate: ([x], { startDim, endDim }) => withShape(x!, flattened(x!, startDim, endDim) as number[]),
  flops: () => 0,
});

/**
 * One dimension as several; one of the sizes may be -1. The inverse of `flatten`.
 * @example tensor([1, 2, 3, 4]).unflatten(0, [2, 2]) // tensor([[1., 2.], [3., 4.]])
 * @throws ShapeError when the sizes do not multiply to the dimension
 * @see torch.unflatten
 */
export const unflatten = viewOp({
  call: (x: Value, dim: number, sizes: readonly number[]) => ({ operands: [x], params: { dim, sizes } }),
  infer: ([x], { dim, sizes }) => ({ dtype: x!.dtype, shape: unflattened(x!, dim, sizes) }),
  lower: (emit, [x], { dim, sizes }, [type]) => {
    const axis = axisOf(dim, type!.shape.length);
    const keep = (size: Dim, i: number): Part => (i > axis && typeof size === "number" ? size : { axis: i });
    const open = splitDims([type!.shape[axis]!], sizes, "unflatten").map((size) =>
      typeof size === "number" ? size : -1,
    );
    return reshapeTo(emit, x!, type!.shape.map(keep).toSpliced(axis, 1, ...open));
  },
  evaluate: ([x], { dim, sizes }) => withShape(x!, unflattened(x!, dim, sizes) as number[]),
  flops: () => 0,
});

function resize() {
  return viewOp({
    call: (x: Value, ...sizes: Numbers) => ({ operands: [x], params: { sizes: listOf(sizes) } }),
    infer: ([x], { sizes }) => ({ dtype: x!.dtype, shape: resized(x!, sizes).shape }),
    lower: (emit, [x], { sizes }, [type]) => {
      const { shape, kept } = resized(type!, sizes);
      const part = (dim: Dim, i: number): Part =>
        typeof dim === "number" ? dim : i < kept ? { axis: i } : (sizeOfDim(dim) ?? -1);
      return reshapeTo(emit, x!, shape.map(part));
    },
    evaluate: ([x], { sizes }) => withShape(x!, resized(x!, sizes).shape as number[]),
    flops: () => 0,
  });
}

/** The shape of x in new sizes, and how many leading dimensions stay as they are. */
function resized(x: Type, sizes: readonly number[]): { shape: Dim[]; kept: number } {
  const what = `reshape of ${printType(x)} to [${sizes.join(", ")}]`;
  if (
    sizes.some((size) => !Number.isInteger(size) || size < -1) ||
    sizes.filter((size) => size === -1).length > 1
  ) {
    throw new ShapeError(`${what}: sizes are whole numbers from 0, and one may be -1`);
  }
  const total = knownCount(x.shape);
  if (total === 0) return { shape: splitDims(x.shape, sizes, what), kept: 0 };
  const shape: Dim[] = [];
  for (const [i, size] of sizes.entries()) {
    const dim = x.shape[i];
    const known = dim === undefined ? undefined : sizeOfDim(dim);
    const copied = size === 0 && dim !== undefined;
    const rest = size === -1 ? leftOver(x.shape.slice(i), sizes.slice(i + 1)) : undefined;
    const resolved = rest === undefined ? size : rest;
    if (
      dim === undefined ||
      !(copied || (known !== undefined && known === resolved) || (rest !== undefined && rest === dim))
    )
      break;
    shape.push(dim);
  }
  const kept = shape.length;
  const open = sizes.slice(kept);
  return { shape: [...shape, ...splitDims(x.shape.slice(kept), open, what)], kept };
}

/** What -1 stands for where `sizes` follow it, or the one dimension that it must be; undefined if unknown. */
function leftOver(dims: readonly Dim[], sizes: readonly number[]): number | Dim | undefined {
  const count = sizes.reduce((a, b) => a * b, 1);
  const all = knownCount(dims);
  if (all !== undefined) return count > 0 && all % count === 0 ? all / count : undefined;
  return knownCount(dims.slice(1)) === count ? dims[0] : undefined;
}

/** The sizes with -1 replaced by what is left of the dimensions. */
function splitDims(dims: readonly Dim[], sizes: readonly number[], what: string): Dim[] {
  const total = knownCount(dims);
  const given = sizes.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const open = sizes.includes(-1);
  if (total !== undefined && (open ? given === 0 || total % given !== 0 : given !== total)) {
    throw new ShapeError(`${what}: the numbers of elements differ`);
  }
  return sizes.map((size) => {
    if (size !== -1) return size;
    if (total !== undefined) return total / given;
    return dims.length === 1 && given === 1 ? dims[0]! : { name: nameOfRest(dims, given) };
  });
}

/** `batch*position` for what is left of dimensions beside `given` elements. */
function nameOfRest(dims: readonly Dim[], given: number): string {
  const factor = countOf(dims) / given;
  const names = dims.filter((dim) => sizeOfDim(dim) === undefined).map(printDim);
  if (Number.isInteger(factor)) return [...names, ...(factor === 1 ? [] : [factor])].join("*");
  return `${[...names, countOf(dims)].join("*")}/${given}`;
}

function flattened(x: Type, startDim: number, endDim: number): Dim[] {
  const [start, end] = rangeOf(x, startDim, endDim);
  const middle = x.shape.slice(start, end + 1);
  return x.shape.toSpliced(start, middle.length, middle.length === 1 ? middle[0]! : joinedDim(middle));
}

function unflattened(x: Type, dim: number, sizes: readonly number[]): Dim[] {
  const axis = axisOf(dim, x.shape.length);
  const what = `unflatten(${dim}, [${sizes.join(", ")}]) of ${printType(x)}`;
  return x.shape.toSpliced(axis, 1, ...splitDims([x.shape[axis]!], sizes, what));
}

function joinedDim(dims: readonly Dim[]): Dim {
  return knownCount(dims) ?? { name: nameOfRest(dims, 1) };
}

function rangeOf(x: Type, startDim: number, endDim: number): [start: number, end: number] {
  const rank = Math.max(x.shape.length, 1);
  const [start, end] = [axisOf(startDim, rank), axisOf(endDim, rank)];
  if (start <= end) return [start, end];
  throw new ShapeError(
    `flatten from dimension ${startDim} to ${endDim} of ${printType(x)}: the first lies behind the last`,
  );
}
