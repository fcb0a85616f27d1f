/** Reading and writing by index. Positions and bounds of slices are data, so that a loop over them compiles once. */
import { ShapeError } from "../base/errors.ts";
import { cast, type Host } from "../tensor/host.ts";
import { printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { readView, writeView } from "../tensor/view.ts";
import { lowerRead, lowerWrite } from "./index-lowering.ts";
import { type Index, indexedShape, indexedView, indicesOf, printIndices, stepsOf } from "./indices.ts";
import { broadcastTo } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { knownCount } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * The part of x at the given indices: a position, a slice "1:5", ":", "::2", "-3:", "..." or null for each dimension.
 * @example tensor([[1, 2], [3, 4]]).at(":", -1) // tensor([2., 4.])
 * @throws IndexError when a position lies outside
 * @see torch.Tensor.__getitem__
 */
export const getitem = op({
  call: (x: Value, ...indices: Index[]) => ({ operands: [x], params: { indices: indicesOf(indices) } }),
  infer: ([x], { indices }) => ({ dtype: x!.dtype, shape: indexedShape(stepsOf(indices, x!), x!) }),
  lower: (emit, [x], { indices }, [type]) => lowerRead(emit, x!, stepsOf(indices, type!)),
  evaluate: ([x], { indices }) => readView(x!, indexedView(stepsOf(indices, x!), x!.shape)),
  flops: () => 0,
});

/**
 * x with the part at the given indices replaced by value, which is broadcast to it and takes x's dtype.
 * @example tensor([[1, 2], [3, 4]]).setitem(0, ":", 1) // tensor([[1., 0.], [3., 0.]])
 * @throws IndexError when a position lies outside
 * @throws ShapeError when value does not broadcast to the part
 * @see torch.Tensor.__setitem__
 */
export const setitem = op({
  call: (x: Value, value: Value, ...indices: Index[]) => ({
    operands: [x, value],
    params: { indices: indicesOf(indices) },
  }),
  infer: ([x, value], { indices }) => {
    checkFit(x!, value!, indices);
    return x!;
  },
  lower: (emit, [x, value], { indices }, [type, other]) => {
    const steps = stepsOf(indices, type!);
    if (knownCount(type!.shape) === 0) return emit.node("Identity", [x!]);
    const to = castTo(emit, value!, other!.dtype, type!.dtype);
    return lowerWrite(emit, { name: x!, type: type! }, { name: to, type: other! }, steps);
  },
  evaluate: ([x, value], { indices }) => {
    checkFit(x!, value!, indices);
    const view = indexedView(stepsOf(indices, x!), x!.shape);
    const data = x!.data.slice();
    const own = trimmed(cast(value!, x!.dtype), view.shape.length);
    writeView(data, view, broadcastTo(own, view.shape).data);
    return { dtype: x!.dtype, shape: x!.shape, data };
  },
  flops: () => 0,
});

function checkFit(x: Type, value: Type, indices: readonly Index[]): void {
  const part = indexedShape(stepsOf(indices, x), x);
  const extra = value.shape.length - part.length;
  const fits =
    value.shape.slice(0, Math.max(extra, 0)).every((dim) => (sizeOfDim(dim) ?? 1) === 1) &&
    part.every((dim, i) => {
      const [from, to] = [value.shape[i + extra] ?? 1, sizeOfDim(dim)];
      const size = sizeOfDim(from);
      return size === undefined || size === 1 || to === undefined || size === to;
    });
  if (fits) return;
  throw new ShapeError(
    `${printType(value)} does not broadcast to [${part.map(printDim).join(", ")}], the part of ${printType(x)} at [${printIndices(indices)}]`,
  );
}

/** Without leading sizes of 1 that the part does not have. */
const trimmed = (value: Host, rank: number): Host =>
  value.shape.length <= rank
    ? value
    : { ...value, shape: value.shape.slice(value.shape.length - rank), data: value.data };
