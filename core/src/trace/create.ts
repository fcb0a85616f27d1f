/** `tensor(...)`: numbers from JavaScript as a Tensor. */
import { TypeError, ValueError } from "../base/errors.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { allocate, cast, type Data, type Host, sizeOf } from "../tensor/host.ts";
import { Tensor } from "./tensor.ts";

type Leaf = number | boolean | bigint;
/** Numbers, booleans or BigInts, nested to any depth; each level of one length. */
export type Nested = Leaf | readonly Nested[];
type Values = Exclude<Data, Uint16Array>;

/**
 * A tensor of the given numbers: float32, unless a dtype is given, all are BigInt (int64) or all are booleans (bool).
 * @example tensor([[1, 2], [3, 4]])
 * @example tensor([1, 2], { dtype: "int64" })
 * @throws ValueError when the nesting is ragged or the dtype unknown; TypeError for what is no number
 * @see torch.tensor
 */
export function tensor(data: Nested | Tensor | Values, { dtype }: { readonly dtype?: DType } = {}): Tensor {
  if (dtype !== undefined && !dtypeNames.includes(dtype))
    throw new ValueError(
      `the dtype '${dtype}' is not known. Use ${dtypeNames.map((name) => `"${name}"`).join(", ")}.`,
    );
  if (data instanceof Tensor) return dtype ? data.to(dtype) : data.clone();
  const host = ArrayBuffer.isView(data) ? flat(data) : read(data, dtype);
  return new Tensor(dtype ? cast(host, dtype) : host);
}

/** A flat array is taken as the dtype of its name. */
function flat(data: Values): Host {
  const dtype = dtypeNames.find((name) => `${capital(name)}Array` === data.constructor.name) ?? "int64";
  return { dtype, shape: [data.length], data: data.slice() };
}

const capital = (name: string): string => name.replace(/^./, (first) => first.toUpperCase());

function read(nested: Nested, wanted: DType | undefined): Host {
  const shape: number[] = [];
  for (let level: Nested = nested; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const leaves: Leaf[] = [];
  collect(nested, shape, 0, leaves);
  const dtype =
    leaves.length && leaves.every((leaf) => typeof leaf === "bigint")
      ? "int64"
      : leaves.length && leaves.every((leaf) => typeof leaf === "boolean")
        ? "bool"
        : wanted === undefined || wanted === "float32"
          ? "float32"
          : "float64";
  const data = allocate(dtype, sizeOf(shape));
  leaves.forEach((leaf, i) => {
    data[i] = dtype === "int64" ? (leaf as bigint) : Number(leaf);
  });
  return { dtype, shape, data };
}

function collect(nested: Nested, shape: readonly number[], axis: number, leaves: Leaf[]): void {
  if (!Array.isArray(nested)) {
    if (axis < shape.length) throw ragged(shape);
    if (typeof nested !== "number" && typeof nested !== "boolean" && typeof nested !== "bigint")
      throw new TypeError(
        `a tensor holds numbers or booleans; it was given ${nested === null ? "null" : typeof nested}.`,
      );
    leaves.push(nested);
  } else {
    if (nested.length !== shape[axis]) throw ragged(shape);
    for (const item of nested) collect(item, shape, axis + 1, leaves);
  }
}

const ragged = (shape: readonly number[]): ValueError =>
  new ValueError(
    `the nested arrays are ragged: after the first ones the shape would be [${shape}], and another differs. Give each level one length.`,
  );
