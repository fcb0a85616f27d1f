/** Files with 16-bit floats are read as float32: kernels for them are few, and the numbers are the same. */
import { type ModelProto, type TensorProto, TensorProto_DataType as Type } from "onnx-buf";
import { bfloatNumber, halfNumber } from "../tensor/half.ts";

/** As safetensors call them. */
export const halfFormats: Readonly<Record<number, "F16" | "BF16">> = {
  [Type.FLOAT16]: "F16",
  [Type.BFLOAT16]: "BF16",
};

const isHalf = (type: bigint | number): boolean => Number(type) in halfFormats;

/** Changes what the file says of types: of what goes in and comes out, of casts, and of tensors in attributes. */
export function widenTypes({ graph }: ModelProto): void {
  for (const { type } of [...(graph?.input ?? []), ...(graph?.output ?? [])])
    if (type?.value.case === "tensorType" && isHalf(type.value.value.elemType))
      type.value.value.elemType = Type.FLOAT;
  for (const { opType, attribute } of graph?.node ?? [])
    for (const one of attribute) {
      if (opType === "Cast" && one.name === "to" && isHalf(one.i)) one.i = BigInt(Type.FLOAT);
      if (opType === "ConstantOfShape" && one.t && isHalf(one.t.dataType)) {
        one.t.floatData = [...halvesOf(one.t)];
        one.t.rawData = new Uint8Array();
        one.t.dataType = Type.FLOAT;
      }
    }
}

/** The 16-bit floats in a tensor of the model itself. */
export function halvesOf({ dataType, rawData, int32Data }: TensorProto): Float32Array {
  const bytes = rawData.slice();
  const words = bytes.length
    ? new Uint16Array(bytes.buffer, 0, Math.floor(bytes.length / 2))
    : Uint16Array.from(int32Data);
  return Float32Array.from(words, dataType === Type.FLOAT16 ? halfNumber : bfloatNumber);
}
