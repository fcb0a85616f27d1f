/** Reading and writing by index in ONNX. Positions and bounds of slices are data, axes and steps are structure. */
import type { DType } from "../tensor/dtype.ts";
import { sameDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { moved, planOf, type Simple } from "./index-shape.ts";
import { isFull, type Many, type Position, type Slice, type Step } from "./indices.ts";
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

/** The part of x that the steps name; `tensors` are those between the brackets, as int64 or bool. */
export function lowerRead(
  emit: Emit,
  x: string,
  steps: readonly Step[],
  tensors: readonly string[] = [],
): string {
  const { simple, many, taken, at } = planOf(steps);
  const part = lowerSimple(emit, x, simple, tensors);
  if (many.length === 0) return part;
  const rank = simple.filter((step) => step.kind === "slice" || step.kind === "new").length;
  const [only] = many;
  if (many.length === 1 && !isMask(only!))
    return emit.node("Gather", [part, positionsIn(emit, only!, tensors)], { axis: taken[0]! });
  const kept = Array.from({ length: rank }, (_, i) => i).filter((i) => !taken.includes(i));
  const front = transposed(emit, part, [...taken, ...kept]);
  const found = emit.node("GatherND", [front, placesIn(emit, many, tensors)]);
  const count = Math.max(...many.map(({ shape }) => shape.length));
  return transposed(emit, found, moved(count + kept.length, count, at));
}

const isMask = ({ from }: Many): boolean => "mask" in from && from.mask;

const transposed = (emit: Emit, x: string, perm: readonly number[]): string =>
  perm.every((dim, i) => dim === i) ? x : emit.node("Transpose", [x], { perm });

const positionsIn = (emit: Emit, { from }: Many, tensors: readonly string[]): string =>
  "positions" in from ? emit.data(from.positions) : tensors[from.tensor]!;

/** The places of lists and masks together, one row a place. */
function placesIn(emit: Emit, many: readonly Many[], tensors: readonly string[]): string {
  const masked = ({ from }: Many) => emit.node("NonZero", ["tensor" in from ? tensors[from.tensor]! : ""]);
  if (many.length === 1) return emit.node("Transpose", [masked(many[0]!)], { perm: [1, 0] });
  const columns = many.flatMap((one) => {
    if (!isMask(one)) return [positionsIn(emit, one, tensors)];
    const found = masked(one);
    return Array.from({ length: one.span }, (_, i) =>
      emit.node(
        "Gather",
        [found, emit.constant({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(i)) })],
        {
          axis: 0,
        },
      ),
    );
  });
  const zeros = columns.map((column) => emit.node("Sub", [column, column]));
  const total = zeros.reduce((a, b) => emit.node("Add", [a, b]));
  const last = emit.ints([-1]);
  const wide = columns.map((column) => emit.node("Unsqueeze", [emit.node("Add", [column, total]), last]));
  return emit.node("Concat", wide, { axis: -1 });
}

function lowerSimple(
  emit: Emit,
  x: string,
  steps: readonly Exclude<Step, Many>[],
  tensors: readonly string[],
): string {
  let name = x;
  const positions = steps.filter((step) => step.kind === "position" || step.kind === "pick");
  for (const step of positions.toReversed()) {
    const at = step.kind === "pick" ? tensors[step.tensor]! : position(emit, step.at);
    name = emit.node("Gather", [name, at], { axis: step.axis });
  }
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
  const made = steps.filter((step) => step.kind !== "position" && step.kind !== "pick");
  const fresh = made.flatMap((step, i) => (step.kind === "new" ? [i] : []));
  if (fresh.length > 0) name = emit.node("Unsqueeze", [name, emit.ints(fresh)]);
  return name === x ? emit.node("Identity", [x]) : name;
}

/** x with value, which has x's dtype, in the part that the steps name. */
export function lowerWrite(
  emit: Emit,
  x: Named,
  value: Named,
  steps: readonly Step[],
  tensors: readonly string[],
): string {
  if (steps.some((step) => step.kind === "pick" || step.kind === "many"))
    return writeMasked(emit, x, value, steps, tensors) ?? writeAnywhere(emit, x.name, value, steps, tensors);
  return writeSimple(emit, x, value, steps as readonly Simple[]);
}

/** One number where a mask over the first dimensions is true, which needs no places. */
function writeMasked(
  emit: Emit,
  x: Named,
  value: Named,
  steps: readonly Step[],
  tensors: readonly string[],
): string | undefined {
  const [first, ...rest] = steps;
  if (first?.kind !== "many" || !("mask" in first.from) || !first.from.mask || value.type.shape.length > 0)
    return undefined;
  if (!chosen.includes(x.type.dtype) || rest.some((step) => step.kind !== "slice" || !isFull(step)))
    return undefined;
  const behind = Array.from({ length: x.type.shape.length - first.span }, (_, i) => first.span + i);
  const mask = tensors[first.from.tensor]!;
  const wide = behind.length === 0 ? mask : emit.node("Unsqueeze", [mask, emit.ints(behind)]);
  return emit.node("Where", [wide, value.name, x.name]);
}

/** The dtypes for which ONNX Runtime has a Where. */
const chosen: readonly DType[] = ["float32", "float64", "int64", "int32", "uint8"];

function writeSimple(emit: Emit, x: Named, value: Named, steps: readonly Simple[]): string {
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
  if (!fits || !chosen.includes(x.type.dtype)) return writeAnywhere(emit, x.name, value, steps);
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
function writeAnywhere(
  emit: Emit,
  x: string,
  value: Named,
  steps: readonly Step[],
  tensors: readonly string[] = [],
): string {
  const shape = emit.node("Shape", [x]);
  const flat = iota(emit, emit.node("ReduceProd", [shape], { keepdims: 0 }));
  const grid = emit.node("Reshape", [flat, shape], { allowzero: 1 });
  const places = lowerRead(emit, grid, steps, tensors);
  const extra = value.type.shape.length - rankOf(steps);
  const ones = Array.from({ length: Math.max(extra, 0) }, (_, i) => i);
  const own = extra > 0 ? emit.node("Squeeze", [value.name, emit.ints(ones)]) : value.name;
  const line = (name: string) => emit.node("Reshape", [name, emit.ints([-1])]);
  const values = line(emit.node("Expand", [own, emit.node("Shape", [places])]));
  const written = emit.node("ScatterElements", [line(x), line(places), values], { axis: 0 });
  return emit.node("Reshape", [written, shape], { allowzero: 1 });
}

/** The number of dimensions of what is read. */
function rankOf(steps: readonly Step[]): number {
  const { simple, many, taken } = planOf(steps);
  const made = simple.filter((step) => step.kind === "slice" || step.kind === "new").length;
  return made - taken.length + Math.max(0, ...many.map(({ shape }) => shape.length));
}
