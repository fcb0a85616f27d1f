/** Host arrays as ONNX Runtime's tensors and back, without copying. */
import * as ort from "onnxruntime-node";
import type { Host } from "../tensor/host.ts";

export function toRuntime(host: Host): ort.Tensor {
  return new ort.Tensor(host.dtype as "float32", host.data as Float32Array, host.shape as number[]);
}

export function toHost(tensor: ort.Tensor): Host {
  return { dtype: tensor.type as Host["dtype"], shape: [...tensor.dims], data: tensor.data as Host["data"] };
}
