/** Values put around a tensor, or cut from its ends. */
import { ShapeError } from "../base/errors.ts";
import { allocate, scalar, sizeOf } from "../tensor/host.ts";
import { type Dim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { stridesOf } from "../tensor/view.ts";
import { number } from "./lowering.ts";
import { op, type Value } from "./spec.ts";

type Mode = "constant" | "reflect" | "replicate";

/**
 * More places at the ends of dimensions: `padding` holds two numbers for the last one, then for the one before it, and
 * so on. Negative numbers cut.
 * @param mode "constant" (`value`), "reflect" (mirrored without the edge) or "replicate" (the edge)
 * @example tensor([1, 2]).pad([1, 2]) // tensor([0., 1., 2., 0., 0.])
 * @see torch.nn.functional.pad
 */
export const pad = op({
  call: (x: Value, padding: readonly number[], mode: Mode = "constant", value: number = 0) => ({
    operands: [x],
    params: { padding, mode, value: Number.isFinite(value) ? value : String(value) },
  }),
  infer: ([x], { padding, mode }) => ({
    dtype: x!.dtype,
    shape: x!.shape.map((dim, i) => {
      const [before, after] = endsOf(x!, padding)[i]!;
      return grown(dim, before, after, mode as Mode, x!);
    }),
  }),
  lower: (emit, [x], { padding, mode, value }, [type]) => {
    if (type!.shape.length === 0) return emit.node("Identity", [x!]);
    const dtype = type!.dtype === "bool" ? "int64" : type!.dtype;
    const ends = endsOf(type!, padding);
    const input = type!.dtype === "bool" ? emit.node("Cast", [x!], { to: 7 }) : x!;
    const pads = emit.ints([...ends.map(([before]) => before), ...ends.map(([, after]) => after)]);
    const onnx = mode === "replicate" ? "edge" : mode;
    const fill = Number(value);
    const more =
      mode === "constant"
        ? [dtype === "int64" ? number(emit, Math.trunc(fill), dtype) : number(emit, fill, dtype)]
        : [];
    const made = emit.node("Pad", [input, pads, ...more], { mode: onnx });
    return type!.dtype === "bool" ? emit.node("Cast", [made], { to: 9 }) : made;
  },
  evaluate: ([x], { padding, mode, value }) => {
    const ends = endsOf(x!, padding);
    const shape = x!.shape.map((n, i) => grown(n, ...ends[i]!, mode as Mode, x!) as number);
    const data = allocate(x!.dtype, sizeOf(shape));
    const [own, strides] = [stridesOf(shape), stridesOf(x!.shape)];
    const fill = scalar(Number(value), x!.dtype).data[0]!;
    for (let i = 0; i < data.length; i++) {
      let from = 0;
      let inside = true;
      for (let d = 0; d < shape.length; d++) {
        const n = x!.shape[d]!;
        const at = (Math.floor(i / own[d]!) % shape[d]!) - ends[d]![0];
        const place =
          mode === "reflect" ? mirrored(at, n) : mode === "replicate" ? Math.min(Math.max(at, 0), n - 1) : at;
        inside &&= place >= 0 && place < n;
        from += place * strides[d]!;
      }
      data[i] = inside ? x!.data[from]! : fill;
    }
    return { dtype: x!.dtype, shape, data };
  },
  flops: () => 0,
});

const mirrored = (at: number, n: number): number => (at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at);

/** For each dimension how many places come before and after it. */
function endsOf(x: Type, padding: readonly number[]): [number, number][] {
  const rank = x.shape.length;
  if (padding.length % 2 !== 0 || padding.length > 2 * rank || !padding.every(Number.isInteger))
    throw new ShapeError(
      `pad of ${printType(x)} by [${padding.join(", ")}]: two whole numbers for each dimension, from the last one on`,
    );
  return x.shape.map((_, i) => [padding[2 * (rank - 1 - i)] ?? 0, padding[2 * (rank - 1 - i) + 1] ?? 0]);
}

function grown(dim: Dim, before: number, after: number, mode: Mode, x: Type): Dim {
  const n = sizeOfDim(dim);
  if (before === 0 && after === 0) return dim;
  if (n === undefined) return { name: `${printDim(dim)}+${before + after}` };
  const most = mode === "reflect" ? n - 1 : mode === "replicate" && n === 0 ? -1 : Infinity;
  if (n + before + after < 0 || before > most || after > most)
    throw new ShapeError(`pad of ${printType(x)}: ${n} places cannot become ${n + before + after} (${mode})`);
  return n + before + after;
}
