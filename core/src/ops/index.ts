/** Reading and writing by index. Positions and bounds of slices are data, so that a loop over them compiles once. */
import { ShapeError } from "../base/errors.ts";
import { cast, type Host } from "../tensor/host.ts";
import { printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { writeView } from "../tensor/view.ts";
import { lowerRead, lowerWrite } from "./index-lowering.ts";
import { indexedShape, indexedView, readIndexed, type Simple } from "./index-shape.ts";
import { type Index, type IndexParam, indicesOf, printIndices, stepsOf } from "./indices.ts";
import { broadcastTo } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { knownCount } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * The part of x at the given indices: a position, a slice "1:5", ":", "::2", "-3:", "..." or null for each dimension, a
 * list or an integer tensor of positions, or a mask. Dimensions of lists go where torch puts them.
 * @example tensor([[1, 2], [3, 4]]).at([1, 0], 0) // tensor([3., 1.])
 * @example tensor([[1, 2], [3, 4]]).at(":", -1) // tensor([2., 4.])
 * @throws IndexError when a position lies outside
 * @see torch.Tensor.__getitem__
 */
export const getitem = op({
  call: (x: Value, ...given: Index[]) => {
    const { indices, tensors } = indicesOf(given);
    return { operands: [x, ...tensors], params: { indices } };
  },
  infer: ([x, ...tensors], { indices }) => ({
    dtype: x!.dtype,
    shape: indexedShape(stepsOf(indices, x!, tensors), x!),
  }),
  moves: true,
  lower: (emit, [x, ...tensors], { indices }, [type, ...types]) =>
    lowerRead(emit, x!, stepsOf(indices, type!, types), placesOf(emit, tensors, types)),
  evaluate: ([x, ...tensors], { indices }) => readIndexed(x!, stepsOf(indices, x!, tensors), tensors),
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
  call: (x: Value, value: Value, ...given: Index[]) => {
    const { indices, tensors } = indicesOf(given);
    return { operands: [x, value, ...tensors], params: { indices } };
  },
  infer: ([x, value, ...tensors], { indices }) => {
    checkFit(x!, value!, indices, tensors);
    return x!;
  },
  moves: true,
  lower: (emit, [x, value, ...tensors], { indices }, [type, other, ...types]) => {
    const steps = stepsOf(indices, type!, types);
    if (knownCount(type!.shape) === 0) return emit.node("Identity", [x!]);
    const to = { name: castTo(emit, value!, other!.dtype, type!.dtype), type: other! };
    return lowerWrite(emit, { name: x!, type: type! }, to, steps, placesOf(emit, tensors, types));
  },
  evaluate: ([x, value, ...tensors], { indices }) => {
    checkFit(x!, value!, indices, tensors);
    const steps = stepsOf(indices, x!, tensors);
    const own = cast(value!, x!.dtype);
    const data = x!.data.slice();
    if (steps.every((step) => step.kind !== "many" && step.kind !== "pick")) {
      const view = indexedView(steps as readonly Simple[], x!.shape);
      writeView(data, view, broadcastTo(trimmed(own, view.shape.length), view.shape).data);
      return { dtype: x!.dtype, shape: x!.shape, data };
    }
    const grid: Host = { dtype: "int32", shape: x!.shape, data: Int32Array.from(data.keys()) };
    const places = readIndexed(grid, steps, tensors);
    const from = broadcastTo(trimmed(own, places.shape.length), places.shape).data;
    for (let i = 0; i < places.data.length; i++) data[places.data[i] as number] = from[i]!;
    return { dtype: x!.dtype, shape: x!.shape, data };
  },
  flops: () => 0,
});

/** The tensors between the brackets as nodes take them. */
const placesOf = (emit: Emit, names: readonly string[], types: readonly Type[]): string[] =>
  names.map((name, i) => (types[i]!.dtype === "bool" ? name : castTo(emit, name, types[i]!.dtype, "int64")));

function checkFit(x: Type, value: Type, indices: readonly IndexParam[], tensors: readonly Type[]): void {
  const part = indexedShape(stepsOf(indices, x, tensors), x);
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
