/** Reading and writing by index in ONNX. Positions and bounds of slices are data, axes and steps are structure. */
import { sameDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { isFull, type Position, type Slice, type Step } from "./indices.ts";
import { number } from "./lowering.ts";
import type { Emit } from "./spec.ts";

/** A value of the graph. */
interface Named {
  readonly name: string;
  readonly type: Type;
}

const position = (emit: Emit, at: number): string =>
  emit.data({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(at)) });

const bounds = (emit: Emit, values: readonly (number | null)[]): string =>
  emit.data({
    dtype: "int64",
    shape: [values.length],
    data: BigInt64Array.from(values, (at) => BigInt(at ?? Number.MAX_SAFE_INTEGER)),
  });

const int = (emit: Emit, value: number): string => number(emit, value, "int64");

/** 0, 1, … up to a count. */
const iota = (emit: Emit, count: string): string => emit.node("Range", [int(emit, 0), count, int(emit, 1)]);

export function lowerRead(emit: Emit, x: string, steps: readonly Step[]): string {
  let name = x;
  const positions = steps.filter((step) => step.kind === "position");
  for (const { at, axis } of positions.toReversed())
    name = emit.node("Gather", [name, position(emit, at)], { axis });
  const left = (axis: number) => axis - positions.filter((step) => step.axis < axis).length;
  const slices = steps.filter((step): step is Slice => step.kind === "slice" && !isFull(step));
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

/** x with value, which has x's dtype, in the part that the steps name. */
export function lowerWrite(emit: Emit, x: Named, value: Named, steps: readonly Step[]): string {
  const region = steps.filter((step) => step.kind !== "position");
  const wide = value.type.shape.length > region.length;
  const plain =
    !wide && steps.every((step) => step.kind === "position" || (step.kind === "slice" && isFull(step)));
  if (!plain) return writeAnywhere(emit, x.name, value, steps);
  const positions = steps.filter((step): step is Position => step.kind === "position");
  if (positions.length === 0) return emit.node("Expand", [value.name, emit.node("Shape", [x.name])]);
  if (positions.every(({ axis }, i) => axis === i)) return writeRow(emit, x, value.name, positions);
  const whole = region.filter((step) => step.kind === "slice").map(({ axis }) => axis);
  const own = whole.slice(whole.length - value.type.shape.length);
  const fits = own.every((axis, i) => {
    const dim = value.type.shape[i]!;
    return sizeOfDim(dim) === 1 || sameDim(dim, x.type.shape[axis]!);
  });
  if (!fits || x.type.dtype === "bool") return writeAnywhere(emit, x.name, value, steps);
  return writeWhere(emit, x, value.name, positions, own[0]);
}

/** The first dimensions at positions, the rest whole. */
function writeRow(emit: Emit, x: Named, value: string, positions: readonly Position[]): string {
  const n = positions.length;
  const at = BigInt64Array.from(positions, (one) => BigInt(one.at));
  const place = emit.data({ dtype: "int64", shape: [1, n], data: at });
  const part = emit.node("Slice", [
    emit.node("Shape", [x.name]),
    emit.ints([n]),
    emit.ints([x.type.shape.length]),
  ]);
  const row = emit.node("Expand", [value, emit.node("Concat", [emit.ints([1]), part], { axis: 0 })]);
  return emit.node("ScatterND", [x.name, place, row]);
}

/** Any dimensions at positions, the rest whole: value where the places meet. A position outside fails in Gather. */
function writeWhere(
  emit: Emit,
  x: Named,
  value: string,
  positions: readonly Position[],
  first: number | undefined,
): string {
  const rank = x.type.shape.length;
  const shape = emit.node("Shape", [x.name]);
  const masks = positions.map(({ axis, at }) => {
    const places = iota(emit, emit.node("Gather", [shape, int(emit, axis)]));
    const here = emit.node("Equal", [places, emit.node("Gather", [places, position(emit, at)])]);
    const behind = Array.from({ length: rank - 1 - axis }, (_, i) => i + 1);
    return behind.length === 0 ? here : emit.node("Unsqueeze", [here, emit.ints(behind)]);
  });
  const mask = masks.reduce((a, b) => emit.node("And", [a, b]));
  const gaps = positions.flatMap(({ axis }) => (first !== undefined && axis > first ? [axis - first] : []));
  const spread = gaps.length === 0 ? value : emit.node("Unsqueeze", [value, emit.ints(gaps)]);
  return emit.node("Where", [mask, spread, x.name]);
}

/** The general form: the flat places of the part are read from a grid as the part would be, and written one by one. */
function writeAnywhere(emit: Emit, x: string, value: Named, steps: readonly Step[]): string {
  const shape = emit.node("Shape", [x]);
  const flat = iota(emit, emit.node("ReduceProd", [shape], { keepdims: 0 }));
  const grid = emit.node("Reshape", [flat, shape], { allowzero: 1 });
  const places = lowerRead(emit, grid, steps);
  const extra = value.type.shape.length - steps.filter((step) => step.kind !== "position").length;
  const ones = Array.from({ length: Math.max(extra, 0) }, (_, i) => i);
  const own = extra > 0 ? emit.node("Squeeze", [value.name, emit.ints(ones)]) : value.name;
  const line = (name: string) => emit.node("Reshape", [name, emit.ints([-1])]);
  const values = line(emit.node("Expand", [own, emit.node("Shape", [places])]));
  const written = emit.node("ScatterElements", [line(x), line(places), values], { axis: 0 });
  return emit.node("Reshape", [written, shape], { allowzero: 1 });
}
