/** Lists between brackets, `[0, 2]` or `[true, false]`: read, checked, and as tensors of positions. */
import { IndexError, TypeError } from "../base/errors.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import { printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { stridesOf } from "../tensor/view.ts";

/** Whole numbers or booleans, nested to any depth. */
export type IndexList = readonly (number | boolean | IndexList)[];

/** A list as a parameter. @throws TypeError when it is ragged, or holds anything but positions or booleans */
export function listOfIndices(list: IndexList): IndexList {
  const shape = shapeOf(list);
  const leaves = leavesOf(list);
  const kinds = new Set(leaves.map((leaf) => typeof leaf));
  const sound = leaves.every((leaf) => typeof leaf === "boolean" || Number.isInteger(leaf));
  if (sound && kinds.size <= 1 && rectangular(list, shape)) return list;
  throw new TypeError(
    `${JSON.stringify(list)} cannot be an index: a list holds whole numbers or booleans, and each of its levels has one length`,
  );
}

/** The positions that a list names: one tensor for each dimension that it takes; several where it holds booleans. */
export function positionsOf(list: IndexList, x: Type, axis: number): Host[] {
  const shape = shapeOf(list);
  const leaves = leavesOf(list);
  if (typeof leaves[0] === "boolean") {
    checkMask(shape, x, axis);
    const data = Uint8Array.from(leaves, Number);
    return nonzeros({ dtype: "bool", shape, data });
  }
  const data = BigInt64Array.from(leaves, (at) => BigInt(at));
  const host: Host = { dtype: "int64", shape, data };
  const size = sizeOfDim(x.shape[axis]!);
  if (size !== undefined) checkPositions(host, size, x, axis);
  return [host];
}

/** @throws IndexError unless the sizes of a mask are those of the dimensions that it stands for */
export function checkMask(mask: Type["shape"], x: Type, axis: number): void {
  for (const [i, dim] of mask.entries()) {
    const [given, size] = [sizeOfDim(dim), sizeOfDim(x.shape[axis + i]!)];
    if (given !== undefined && size !== undefined && given !== size)
      throw new IndexError(
        `the mask has ${given} places along its dimension ${i}, and dimension ${axis + i} of ${printType(x)} has ${size}`,
      );
  }
}

/** @throws IndexError for a position outside */
export function checkPositions({ data }: Host, size: number, x: Type, axis: number): void {
  for (const at of data)
    if (at >= size || at < -size)
      throw new IndexError(
        `index ${at} is out of bounds for dimension ${axis} with size ${size} of ${printType(x)}`,
      );
}

/** Where a mask is true: for each of its dimensions the positions, in row-major order. */
export function nonzeros(mask: Host): Host[] {
  const strides = stridesOf(mask.shape);
  const places = [...mask.data.keys()].filter((i) => mask.data[i]);
  return mask.shape.map((size, d) => ({
    dtype: "int64",
    shape: [places.length],
    data: BigInt64Array.from(places, (i) => BigInt(Math.floor(i / strides[d]!) % size)),
  }));
}

const leavesOf = (list: IndexList): (number | boolean)[] =>
  list.flatMap((item) => (typeof item === "object" ? leavesOf(item) : [item]));

function shapeOf(list: IndexList): number[] {
  const first = list[0];
  return [list.length, ...(typeof first === "object" ? shapeOf(first) : [])];
}

function rectangular(list: IndexList, [n, ...rest]: readonly number[]): boolean {
  return (
    list.length === n &&
    list.every((item) =>
      typeof item === "object" ? rest.length > 0 && rectangular(item, rest) : rest.length === 0,
    )
  );
}

/** How many dimensions a list takes: those of its booleans, or one. */
export const takenBy = (list: IndexList): number =>
  typeof leavesOf(list)[0] === "boolean" && sizeOf(shapeOf(list)) > 0 ? shapeOf(list).length : 1;
