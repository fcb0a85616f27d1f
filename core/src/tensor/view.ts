/** Strided views of the values of a tensor: where each element lies, and copying through such a view. */
import { allocate, type Data, type Host, sizeOf } from "./host.ts";

export interface View {
  readonly shape: readonly number[];
  /** How far apart neighbours along each dimension are; 0 repeats an element. */
  readonly strides: readonly number[];
  readonly start: number;
}

/** Distances of neighbours in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** The view of `shape` repeated to a shape that it broadcasts to. */
export function broadcastView(shape: readonly number[], to: readonly number[]): View {
  const own = stridesOf(shape);
  const lead = to.length - shape.length;
  return {
    shape: to,
    start: 0,
    strides: to.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!)),
  };
}

/** Calls `visit` with the start of each innermost run of the view, in row-major order. */
export function eachRun({ shape, strides, start }: View, visit: (offset: number) => void): void {
  const outer = shape.length - 1;
  if (shape.includes(0)) return;
  const at = new Array<number>(Math.max(outer, 0)).fill(0);
  for (let offset = start; ; ) {
    visit(offset);
    let i = outer - 1;
    for (; i >= 0; i--) {
      offset += strides[i]!;
      if (++at[i]! < shape[i]!) break;
      offset -= strides[i]! * shape[i]!;
      at[i] = 0;
    }
    if (i < 0) return;
  }
}

/** The same view with neighbouring dimensions joined where they lie one after the other. */
export function joined({ shape, strides, start }: View): View {
  const sizes: number[] = [];
  const steps: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    const last = sizes.length - 1;
    if (shape[i] === 1) continue;
    if (last >= 0 && steps[last] === strides[i]! * shape[i]!) {
      sizes[last]! *= shape[i]!;
      steps[last] = strides[i]!;
    } else {
      sizes.push(shape[i]!);
      steps.push(strides[i]!);
    }
  }
  return { shape: sizes, strides: steps, start };
}

/** The elements that a view shows, as a tensor of their own. */
export function readView(x: Host, view: View): Host {
  const from = x.data;
  const to = allocate(x.dtype, sizeOf(view.shape));
  const { shape, strides, start } = joined(view);
  const n = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 1;
  let next = 0;
  eachRun({ shape, strides, start }, (offset) => {
    if (step === 1) copyRun(to, next, from, offset, n);
    else for (let i = 0; i < n; i++) to[next + i] = from[offset + i * step]!;
    next += n;
  });
  return { dtype: x.dtype, shape: view.shape, data: to };
}

/** Puts `from`, in row-major order, where the view shows. */
export function writeView(to: Data, view: View, from: Data): void {
  const { shape, strides, start } = joined(view);
  const n = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 1;
  let next = 0;
  eachRun({ shape, strides, start }, (offset) => {
    if (step === 1) copyRun(to, offset, from, next, n);
    else for (let i = 0; i < n; i++) to[offset + i * step] = from[next + i]!;
    next += n;
  });
}

function copyRun(to: Data, at: number, from: Data, start: number, n: number): void {
  if (n < 16) for (let i = 0; i < n; i++) to[at + i] = from[start + i]!;
  else (to as Float32Array).set((from as Float32Array).subarray(start, start + n), at);
}
