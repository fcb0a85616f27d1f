/** Reading and writing by index. Positions and bounds of slices are data, so that a loop over them compiles once. */
import { ShapeError } from "../base/errors.ts";
import { cast, type Host } from "../tensor/host.ts";
import { printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { readView, writeView } from "../tensor/view.ts";
import {
  type Index,
  indexedShape,
  indexedView,
  indicesOf,
  isFull,
  printIndices,
  type Step,
  stepsOf,
} from "./indices.ts";
import { broadcastTo } from "./kernels.ts";
import { castTo, number } from "./lowering.ts";
import { knownCount } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

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
    return lowerWrite(emit, x!, to, steps, other!.shape.length);
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

const position = (emit: Emit, at: number): string =>
  emit.data({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(at)) });

const bounds = (emit: Emit, values: readonly (number | null)[]): string =>
  emit.data({
    dtype: "int64",
    shape: [values.length],
    data: BigInt64Array.from(values, (at) => BigInt(at ?? Number.MAX_SAFE_INTEGER)),
  });

function lowerRead(emit: Emit, x: string, steps: readonly Step[]): string {
  let name = x;
  const positions = steps.filter((step) => step.kind === "position");
  for (const { at, axis } of positions.toReversed())
    name = emit.node("Gather", [name, position(emit, at)], { axis });
  const left = (axis: number) => axis - positions.filter((step) => step.axis < axis).length;
  const slices = steps.filter((step) => step.kind === "slice" && !isFull(step)) as Extract<
    Step,
    { kind: "slice" }
  >[];
  if (slices.length > 0) {
    const starts = bounds(
      emit,
      slices.map(({ start }) => start ?? 0),
    );
    const stops = bounds(
      emit,
      slices.map(({ stop }) => stop),
    );
    const axes = emit.ints(slices.map(({ axis }) => left(axis)));
    name = emit.node("Slice", [name, starts, stops, axes, emit.ints(slices.map(({ step }) => step))]);
  }
  const made = steps.filter((step) => step.kind !== "position");
  const fresh = made.flatMap((step, i) => (step.kind === "new" ? [i] : []));
  if (fresh.length > 0) name = emit.node("Unsqueeze", [name, emit.ints(fresh)]);
  return name === x ? emit.node("Identity", [x]) : name;
}

function lowerWrite(emit: Emit, x: string, value: string, steps: readonly Step[], rank: number): string {
  const axes = steps.filter((step) => step.kind !== "new");
  const lead = axes.findIndex((step) => step.kind === "slice");
  const positions = lead < 0 ? axes.length : lead;
  const whole = axes.slice(positions).every((step) => step.kind === "slice" && isFull(step));
  const wide = rank > steps.filter((step) => step.kind !== "position").length;
  const plain = steps.length === axes.length && !wide;
  const shape = emit.node("Shape", [x]);
  if (plain && whole && positions === 0) return emit.node("Expand", [value, shape]);
  if (plain && whole) {
    const at = axes.slice(0, positions).map((step) => (step.kind === "position" ? step.at : 0));
    const place = emit.data({ dtype: "int64", shape: [1, positions], data: BigInt64Array.from(at, BigInt) });
    const part = emit.node("Slice", [shape, emit.ints([positions]), emit.ints([axes.length])]);
    const row = emit.node("Expand", [value, emit.node("Concat", [emit.ints([1]), part], { axis: 0 })]);
    return emit.node("ScatterND", [x, place, row]);
  }
  const count = emit.node("ReduceProd", [shape], { keepdims: 0 });
  const flat = emit.node("Range", [number(emit, 0, "int64"), count, number(emit, 1, "int64")]);
  const grid = emit.node("Reshape", [flat, shape], { allowzero: 1 });
  const places = lowerRead(emit, grid, steps);
  const line = emit.ints([-1]);
  let own = value;
  if (wide) {
    const one = Array.from(
      { length: rank - steps.filter((step) => step.kind !== "position").length },
      (_, i) => i,
    );
    own = emit.node("Squeeze", [value, emit.ints(one)]);
  }
  const values = emit.node("Reshape", [emit.node("Expand", [own, emit.node("Shape", [places])]), line]);
  const written = emit.node(
    "ScatterElements",
    [emit.node("Reshape", [x, line]), emit.node("Reshape", [places, line]), values],
    { axis: 0 },
  );
  return emit.node("Reshape", [written, shape], { allowzero: 1 });
}
