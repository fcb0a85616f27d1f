/** The same values elsewhere or more than once: turned, rolled, repeated. */
import { ShapeError } from "../base/errors.ts";
import { axisOf, type Dim, printDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { readView, stridesOf } from "../tensor/view.ts";
import { add, mod } from "./arithmetic.ts";
import { moving, type Part, type Steps, viewing } from "./compose.ts";
import { getitem } from "./index.ts";
import { permute, unsqueeze } from "./movement.ts";
import { flatten } from "./reshape.ts";
import { listOf, type Numbers } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * The order along dimensions turned round.
 * @example tensor([1, 2, 3]).flip(0) // tensor([3., 2., 1.])
 * @see torch.flip
 */
export const flip = op({
  call: (x: Value, ...dims: Numbers) => ({ operands: [x], params: { dims: listOf(dims) } }),
  infer: ([x], { dims }) => {
    for (const dim of dims) axisOf(dim, x!.shape.length);
    return x!;
  },
  moves: true,
  lower: (emit, [x], { dims }, [type]) => {
    const axes = dims.map((dim) => axisOf(dim, type!.shape.length));
    if (axes.length === 0) return emit.node("Identity", [x!]);
    const all = (value: number) => emit.ints(axes.map(() => value));
    return emit.node("Slice", [x!, all(-1), all(-(2 ** 31)), emit.ints(axes), all(-1)]);
  },
  evaluate: ([x], { dims }) => {
    const axes = new Set(dims.map((dim) => axisOf(dim, x!.shape.length)));
    const own = stridesOf(x!.shape);
    const start = [...axes].reduce((sum, axis) => sum + own[axis]! * (x!.shape[axis]! - 1), 0);
    const strides = own.map((step, axis) => (axes.has(axis) ? -step : step));
    return readView(x!, { shape: x!.shape, strides, start });
  },
  flops: () => 0,
});

/**
 * Values moved along dimensions; what leaves at the end comes back at the start. Without `dims` the flattened tensor is rolled.
 * @example tensor([1, 2, 3]).roll(1, 0) // tensor([3., 1., 2.])
 * @see torch.roll
 */
export const roll = moving({
  call: (x: Value, shifts: number | readonly number[], dims?: number | readonly number[]) => ({
    operands: [x],
    params: { shifts: [shifts].flat(), dims: dims === undefined ? null : [dims].flat() },
  }),
  make: (steps, [x], { shifts, dims }) => {
    if (dims === null) return steps.do(likeShape, rolled(steps, steps.do(flatten, x!), shifts[0]!, 0), x!);
    if (dims.length !== shifts.length)
      throw new ShapeError(`roll by [${shifts}] along [${dims}]: give one shift for each dimension`);
    return shifts.reduce<Part>((part, shift, i) => rolled(steps, part, shift, dims[i]!), x!);
  },
});

function rolled(steps: Steps, x: Part, shift: number, dim: number): Part {
  const axis = axisOf(dim, x.type.shape.length);
  const places = steps.do(mod, steps.do(add, steps.places(x, axis), -shift), steps.size(x, axis));
  return steps.do(getitem, x, ...Array<string>(axis).fill(":"), places);
}

/** x in the sizes of another, which has as many values. */
const likeShape = op({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  infer: ([x, other]) => ({ dtype: x!.dtype, shape: other!.shape }),
  moves: true,
  lower: (emit, [x, other]) => emit.node("Reshape", [x!, emit.node("Shape", [other!])], { allowzero: 1 }),
  evaluate: ([x, other]) => ({ ...x!, shape: other!.shape, data: x!.data }),
  flops: () => 0,
});

/**
 * The whole tensor so many times along each of its last dimensions.
 * @example tensor([1, 2]).tile(2) // tensor([1., 2., 1., 2.])
 * @see torch.tile
 */
export const tile = op({
  call: (x: Value, ...counts: Numbers) => ({ operands: [x], params: { counts: listOf(counts) } }),
  infer: ([x], { counts }) => ({ dtype: x!.dtype, shape: tiled(x!, counts).shape }),
  moves: true,
  lower: (emit, [x], { counts }, [type]) => {
    const { times } = tiled(type!, counts);
    const lead = times.length - type!.shape.length;
    const front = Array.from({ length: lead }, (_, i) => i);
    const wide = lead > 0 ? emit.node("Unsqueeze", [x!, emit.ints(front)]) : x!;
    return times.length === 0 ? emit.node("Identity", [x!]) : emit.node("Tile", [wide, emit.ints(times)]);
  },
  evaluate: ([x], { counts }) => {
    const { times, shape } = tiled(x!, counts);
    const own = stridesOf(x!.shape);
    const lead = times.length - x!.shape.length;
    const sizes = times.flatMap((count, i) => [count, x!.shape[i - lead] ?? 1]);
    const strides = times.flatMap((_, i) => [0, own[i - lead] ?? 0]);
    return { ...readView(x!, { shape: sizes, strides, start: 0 }), shape: shape as number[] };
  },
  flops: () => 0,
});

function tiled(x: Type, counts: readonly number[]): { times: number[]; shape: Dim[] } {
  if (!counts.every((count) => Number.isInteger(count) && count >= 0))
    throw new ShapeError(`[${counts.join(", ")}] times: use whole numbers from 0`);
  const rank = Math.max(counts.length, x.shape.length);
  const times = Array.from({ length: rank }, (_, i) => counts[i - rank + counts.length] ?? 1);
  const shape = times.map((count, i): Dim => {
    const dim = x.shape[i - rank + x.shape.length] ?? 1;
    const size = sizeOfDim(dim);
    if (count === 1) return dim;
    return size === undefined ? { name: `${printDim(dim)}*${count}` } : size * count;
  });
  return { times, shape };
}

/**
 * Each value so many times in a row: along `dim`, or without it in the flattened tensor.
 * @example tensor([1, 2]).repeatInterleave(2) // tensor([1., 1., 2., 2.])
 * @see torch.repeat_interleave
 */
export const repeatInterleave = moving({
  call: (x: Value, repeats: number, dim?: number | null) => ({
    operands: [x],
    params: { repeats, dim: dim ?? null },
  }),
  make: (steps, [x], { repeats, dim }) => {
    const flat = dim === null ? steps.do(flatten, x!) : x!;
    const axis = axisOf(dim ?? 0, flat.type.shape.length);
    const wide = steps.do(unsqueeze, flat, axis + 1);
    const times = wide.type.shape.map((_, i) => (i === axis + 1 ? repeats : 1));
    return steps.do(flatten, steps.do(tile, wide, ...times), axis, axis + 1);
  },
});

/**
 * Dimensions at other places; the rest keep their order.
 * @example ops.zeros(2, 3, 5).movedim(0, -1).shape // [3, 5, 2]
 * @see torch.movedim
 */
export const movedim = viewing({
  call: (x: Value, source: number | readonly number[], destination: number | readonly number[]) => ({
    operands: [x],
    params: { source: [source].flat(), destination: [destination].flat() },
  }),
  make: (steps, [x], { source, destination }) => {
    const rank = x!.type.shape.length;
    const from = source.map((dim) => axisOf(dim, rank));
    const to = destination.map((dim) => axisOf(dim, rank));
    if (from.length !== to.length || new Set(from).size < from.length || new Set(to).size < to.length)
      throw new ShapeError(`movedim from [${source}] to [${destination}]: name each dimension once in both`);
    const rest = Array.from({ length: rank }, (_, i) => i).filter((dim) => !from.includes(dim));
    const order = Array.from({ length: rank }, (_, i) =>
      to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!,
    );
    return steps.do(permute, x!, ...order);
  },
});
