/** Parts of runtime tensors along one axis: cut out, put beside each other, put back. Copies of bytes, without a session. */
import * as ort from "onnxruntime-node";
import type { Data } from "../tensor/host.ts";

/** Bytes of its values, without asking for them. */
export const bytesOf = ({ type, size }: ort.Tensor): number => size * (bytes[type] ?? 4);

const bytes: Partial<Record<ort.Tensor.Type, number>> = {
  float64: 8,
  int64: 8,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** A tensor as `outer` runs of `size` places of `inner` values. */
function split({ dims }: ort.Tensor, axis: number): { outer: number; size: number; inner: number } {
  const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  return { outer: product(dims.slice(0, axis)), size: dims[axis]!, inner: product(dims.slice(axis + 1)) };
}

const room = (like: ort.Tensor, length: number): Data =>
  new ((like.data as Data).constructor as new (length: number) => Data)(length);

const made = (like: ort.Tensor, data: Data, dims: readonly number[]): ort.Tensor =>
  new ort.Tensor(like.type as "float32", data as Float32Array, dims);

const put = (to: Data, from: Data, at: number): void => (to as Float32Array).set(from as Float32Array, at);

/** The places from `begin` to `end` of an axis: a view where they lie together. */
export function slice(tensor: ort.Tensor, axis: number, begin: number, end = tensor.dims[axis]!): ort.Tensor {
  const { outer, size, inner } = split(tensor, axis);
  if (begin === 0 && end === size) return tensor;
  const known = ends.get(tensor);
  if (known && known.axis === axis && end === size && begin === size - known.tail.dims[axis]!)
    return known.tail;
  const run = (end - begin) * inner;
  const from = tensor.data as Data;
  const part = (i: number): Data =>
    from.subarray((i * size + begin) * inner, (i * size + begin) * inner + run);
  const dims = tensor.dims.with(axis, end - begin);
  if (outer === 1) return made(tensor, part(0), dims);
  const data = room(tensor, outer * run);
  for (let i = 0; i < outer; i++) put(data, part(i), i * run);
  return made(tensor, data, dims);
}

/** Several tensors, one after the other along an axis. */
export function joined(tensors: readonly ort.Tensor[], axis: number): ort.Tensor {
  const [first] = tensors as [ort.Tensor];
  if (tensors.length === 1) return first;
  const sizes = tensors.map(({ dims }) => dims[axis]!);
  const total = sizes.reduce((a, b) => a + b, 0);
  const { outer, inner } = split(first, axis);
  const data = room(first, outer * total * inner);
  for (let i = 0; i < outer; i++) {
    let at = i * total * inner;
    for (const [n, tensor] of tensors.entries()) {
      const run = sizes[n]! * inner;
      put(data, (tensor.data as Data).subarray(i * run, (i + 1) * run), at);
      at += run;
    }
  }
  return made(first, data, first.dims.with(axis, total));
}

interface End {
  readonly tail: ort.Tensor;
  readonly axis: number;
}

const ends = new WeakMap<ort.Tensor, End>();

/** `whole` with its last places along an axis replaced by `tail`; put together when its values are first asked for. */
export function ended(whole: ort.Tensor, tail: ort.Tensor, axis: number): ort.Tensor {
  let data: Data | undefined;
  const { type, dims, size } = whole;
  const tensor = Object.create(ort.Tensor.prototype, {
    type: { value: type },
    dims: { value: dims },
    size: { value: size },
    location: { value: "cpu" },
    data: { get: () => (data ??= withEnd(whole, tail, axis)) },
  }) as ort.Tensor;
  ends.set(tensor, { tail, axis });
  return tensor;
}

function withEnd(whole: ort.Tensor, tail: ort.Tensor, axis: number): Data {
  const { outer, size, inner } = split(whole, axis);
  const run = tail.dims[axis]! * inner;
  const data = (whole.data as Data).slice();
  const from = tail.data as Data;
  for (let i = 0; i < outer; i++)
    put(data, from.subarray(i * run, (i + 1) * run), (i + 1) * size * inner - run);
  return data;
}

/** The first place along an axis at which two tensors of one shape differ in a bit; the size of the axis where they are equal. */
export function firstDifference(a: ort.Tensor, b: ort.Tensor, axis: number): number {
  const { outer, size, inner } = split(a, axis);
  const [left, right] = [rawOf(a), rawOf(b)];
  const run = (left.byteLength / (outer * size * inner)) * inner;
  let first = size;
  for (let i = 0; i < outer; i++)
    for (let place = 0; place < first; place++) {
      const at = (i * size + place) * run;
      if (left.compare(right, at, at + run, at, at + run) !== 0) first = place;
    }
  return first;
}

function rawOf({ data }: ort.Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = data as Data;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
