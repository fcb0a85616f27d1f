/** Files with 16-bit floats are read as float32: kernels for them are few, and the numbers are the same. */
import { type GraphProto, type TensorProto, TensorProto_DataType as Type } from "onnx-buf";
import { bfloatFloats, halfFloats } from "../tensor/half.ts";
import { nestedGraphs } from "./nested.ts";

/** As safetensors call them. */
export const halfFormats: Readonly<Record<number, "F16" | "BF16">> = {
  [Type.FLOAT16]: "F16",
  [Type.BFLOAT16]: "BF16",
};

const isHalf = (type: bigint | number): boolean => Number(type) in halfFormats;

/** Changes what the file says of types: of what goes in and comes out, of casts, and of tensors in attributes and inner graphs. */
export function widenTypes(graph: GraphProto): void {
  for (const { input, output, valueInfo, node, initializer } of nestedGraphs(graph)) {
    for (const { type } of [...input, ...output, ...valueInfo])
      if (type?.value.case === "tensorType" && isHalf(type.value.value.elemType))
        type.value.value.elemType = Type.FLOAT;
    // Those of the model itself may be large, and are widened as they are read.
    if (initializer !== graph.initializer) for (const tensor of initializer) widen(tensor);
    for (const { opType, attribute } of node)
      for (const one of attribute) {
        if (opType === "Cast" && one.name === "to" && isHalf(one.i)) one.i = BigInt(Type.FLOAT);
        if (one.t && ["Constant", "ConstantOfShape"].includes(opType)) widen(one.t);
      }
  }
}

function widen(tensor: TensorProto): void {
  if (!isHalf(tensor.dataType)) return;
  tensor.floatData = [...halvesOf(tensor)];
  tensor.rawData = new Uint8Array();
  tensor.int32Data = [];
  tensor.dataType = Type.FLOAT;
}

/** The 16-bit floats in a tensor of the model itself. */
export function halvesOf({ dataType, rawData, int32Data }: TensorProto): Float32Array {
  const bytes = rawData.slice();
  const words = bytes.length
    ? new Uint16Array(bytes.buffer, 0, Math.floor(bytes.length / 2))
    : Uint16Array.from(int32Data);
  return dataType === Type.FLOAT16 ? halfFloats(words) : bfloatFloats(words);
}
