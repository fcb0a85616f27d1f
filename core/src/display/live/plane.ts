/** Two dimensions of a tensor, with all others held at an index. */
import type { Numbers } from "../numbers.ts";

/** Which dimensions run down and across, and where the others are held. */
export interface Axes {
  readonly rowAxis: number | null;
  readonly colAxis: number | null;
  /** An index for each dimension; those of the two that are drawn do not matter. */
  readonly fixed: readonly number[];
}

export interface Plane {
  readonly values: Numbers;
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly rowStride: number;
  readonly colStride: number;
}

export interface Rect {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
}

/** All of a matrix, row after row. */
export const planeOfMatrix = (values: Numbers, rows: number, cols: number): Plane => ({
  values,
  start: 0,
  rows,
  cols,
  rowStride: cols,
  colStride: 1,
});

export function planeOf(values: Numbers, shape: readonly number[], { rowAxis, colAxis, fixed }: Axes): Plane {
  const strides = stridesOf(shape);
  const drawn = (axis: number) => axis === rowAxis || axis === colAxis;
  return {
    values,
    start: strides.reduce((sum, stride, axis) => sum + (drawn(axis) ? 0 : stride * fixed[axis]!), 0),
    rows: rowAxis === null ? 1 : shape[rowAxis]!,
    cols: colAxis === null ? 1 : shape[colAxis]!,
    rowStride: rowAxis === null ? 0 : strides[rowAxis]!,
    colStride: colAxis === null ? 0 : strides[colAxis]!,
  };
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** The values of a plane row by row; of a large one, evenly spread rows and columns. */
export function valuesOf(plane: Plane, most: number): { values: Numbers; rows: number; cols: number } {
  const { values, start, rowStride, colStride } = plane;
  if (plane.rows * plane.cols <= most && colStride === 1 && rowStride === plane.cols)
    return {
      values: values.subarray(start, start + plane.rows * plane.cols),
      rows: plane.rows,
      cols: plane.cols,
    };
  const every = Math.ceil((plane.rows * plane.cols) / most);
  const [down, across] = plane.rows >= every ? [every, 1] : [1, every];
  const [rows, cols] = [Math.ceil(plane.rows / down), Math.ceil(plane.cols / across)];
  const out = new Float64Array(rows * cols);
  for (let row = 0, at = 0; row < rows; row++) {
    const line = start + row * down * rowStride;
    for (let col = 0; col < cols; col++) out[at++] = values[line + col * across * colStride]!;
  }
  return { values: out, rows, cols };
}
