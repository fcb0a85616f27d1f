/** Host arrays as ONNX Runtime's tensors and back, without copying where it has the dtype. */
import * as ort from "onnxruntime-node";
import { halfOfBits } from "../tensor/half.ts";
import { allocate, type Data, type Host, sizeOf } from "../tensor/host.ts";

const known = new WeakMap<Host, ort.Tensor>();

/** The same values for ONNX Runtime, made once, so that the memo knows them for the same. */
export function toRuntime(host: Host): ort.Tensor {
  const old = known.get(host);
  if (old) return old;
  const tensor = converted(host);
  known.set(host, tensor);
  return tensor;
}

/** Zeros of some sizes. */
export const zeros = (dtype: Host["dtype"], shape: readonly number[]): ort.Tensor =>
  toRuntime({ dtype, shape: [...shape], data: allocate(dtype, sizeOf(shape)) });

/** The same values as a host array, which is this tensor again for ONNX Runtime. */
export function toHost(tensor: ort.Tensor): Host {
  const host = read(tensor);
  known.set(host, tensor);
  return host;
}

/** float16 travels as its bits, bfloat16 as the bits of the float32 with the same value (ops/lowering.ts). */
function converted({ dtype, shape, data }: Host): ort.Tensor {
  if (dtype === "float16") {
    const bits = new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);
    return new ort.Tensor("uint16", bits, shape);
  }
  if (dtype === "bfloat16")
    return new ort.Tensor("uint32", Uint32Array.from(data as Uint16Array, upper), shape);
  return new ort.Tensor(dtype as "float32", data as Float32Array, shape);
}

function read({ type, dims, data }: ort.Tensor): Host {
  const shape = [...dims];
  if (type === "uint16") return { dtype: "float16", shape, data: halfOfBits(data as Uint16Array) };
  if (type === "uint32")
    return { dtype: "bfloat16", shape, data: Uint16Array.from(data as Uint32Array, (word) => word >>> 16) };
  return { dtype: type as Host["dtype"], shape, data: data as Data };
}

const upper = (bits: number): number => bits << 16;
