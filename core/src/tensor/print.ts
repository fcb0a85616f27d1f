/** A tensor as text, exactly as PyTorch prints it. */
import type { DType } from "./dtype.ts";
import { type Host, sizeOf } from "./host.ts";
import { type Format, numberFormat } from "./number-format.ts";
import { stridesOf } from "./view.ts";

const lineWidth = 80;
/** With more values than this, only the ends of each dimension are shown. */
const threshold = 1000;
const edge = 3;

export interface PrintOptions {
  /** Columns that stand before the values in their first line: those of "tensor(" unless another text does. */
  readonly prefix?: number;
  /** What follows the values, such as "grad_fn=<AddmmBackward0>". */
  readonly suffixes?: readonly string[];
}

/** `tensor([1., 2.])`. Lines behind the first are indented as if the text stood at the start of a line. */
export function printTensor(
  x: Host,
  { prefix = "tensor(".length, suffixes = [] }: PrintOptions = {},
): string {
  const empty = sizeOf(x.shape) === 0;
  const own = empty ? emptySuffixes(x) : plain.has(x.dtype) ? [] : [`dtype=torch.${x.dtype}`];
  return withSuffixes(`tensor(${empty ? "[]" : printValues(x, prefix)}`, [...own, ...suffixes], prefix);
}

/** What the values alone tell. */
const plain: ReadonlySet<DType> = new Set(["float32", "int64", "bool"]);

/** The values alone, in brackets. */
function printValues(x: Host, indent: number): string {
  const short = x.data.length > threshold;
  const strides = stridesOf(x.shape);
  const shown = short ? [...edges(x, strides, 0, 0)] : [...x.data.keys()];
  const format = numberFormat(x, shown);
  return printPart(x, { strides, short, format }, 0, 0, indent);
}

interface Layout {
  readonly strides: readonly number[];
  readonly short: boolean;
  readonly format: Format;
}

function printPart(x: Host, layout: Layout, axis: number, start: number, indent: number): string {
  const { strides, short, format } = layout;
  if (axis === x.shape.length) return format(start);
  const places = placesOf(x.shape[axis]!, short);
  if (axis === x.shape.length - 1) {
    const items = places.map((place) => (place === null ? " ..." : format(start + place)));
    const perLine = Math.max(1, Math.floor((lineWidth - indent) / (format.width + 2)));
    const lines = Array.from({ length: Math.ceil(items.length / perLine) }, (_, i) =>
      items.slice(i * perLine, (i + 1) * perLine).join(", "),
    );
    return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
  }
  const parts = places.map((place) =>
    place === null ? "..." : printPart(x, layout, axis + 1, start + place * strides[axis]!, indent + 1),
  );
  return `[${parts.join(`,${"\n".repeat(x.shape.length - axis - 1)}${" ".repeat(indent + 1)}`)}]`;
}

/** The places of a dimension that are shown; null stands for the dots between its ends. */
function placesOf(size: number, short: boolean): (number | null)[] {
  const all = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  return short && size > 2 * edge ? [...all(0, edge), null, ...all(size - edge, size)] : all(0, size);
}

function* edges(x: Host, strides: readonly number[], axis: number, start: number): Generator<number> {
  if (axis === x.shape.length) yield start;
  else
    for (const place of placesOf(x.shape[axis]!, true)) {
      if (place !== null) yield* edges(x, strides, axis + 1, start + place * strides[axis]!);
    }
}

/** What the brackets of an empty tensor do not tell. */
function emptySuffixes({ dtype, shape }: Host): string[] {
  const size = shape.length === 1 ? [] : [`size=(${shape.join(", ")}${shape.length === 1 ? "," : ""})`];
  return dtype === "float32" ? size : [...size, `dtype=torch.${dtype}`];
}

function withSuffixes(text: string, suffixes: readonly string[], indent: number): string {
  let length = text.length - text.lastIndexOf("\n") + 1;
  let out = text;
  for (const suffix of suffixes) {
    const wraps = length + suffix.length + 2 > lineWidth;
    out += wraps ? `,\n${" ".repeat(indent)}${suffix}` : `, ${suffix}`;
    length = wraps ? indent + suffix.length : length + suffix.length + 2;
  }
  return `${out})`;
}
