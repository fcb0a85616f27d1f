/** The bytes of a model file as an ONNX graph. */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type ValueInfoProto,
} from "onnx-buf";
import { ValueError } from "../base/errors.ts";
import { onnxType } from "../ops/lowering.ts";
import type { Attribute } from "../ops/spec.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { allocate, type Data, type Host, viewed } from "../tensor/host.ts";
import type { Graph, OnnxNode, ValueInfo } from "./graph.ts";

/**
 * The graph in the bytes of a model.
 * @param folder where the files of weights outside the model lie
 * @throws ValueError for dtypes and attributes that graphs of this library do not have
 */
export function decode(bytes: Uint8Array, folder = ""): Graph {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  if (graph === undefined) throw new ValueError("the model has no graph");
  return {
    inputs: graph.input.map(decodeInfo),
    outputs: graph.output.map(decodeInfo),
    nodes: graph.node.map(decodeNode),
    initializers: graph.initializer.map((tensor) => ({
      name: tensor.name,
      value: decodeTensor(tensor, folder),
    })),
  };
}

const decodeNode = (node: NodeProto): OnnxNode => ({
  operator: node.opType,
  domain: node.domain,
  inputs: node.input,
  outputs: node.output,
  attributes: Object.fromEntries(
    node.attribute.map((attribute) => [attribute.name, decodeAttribute(attribute)]),
  ),
});

function decodeAttribute(attribute: AttributeProto): Attribute {
  switch (attribute.type) {
    case Kind.INT:
      return Number(attribute.i);
    case Kind.FLOAT:
      return { float: attribute.f };
    case Kind.STRING:
      return new TextDecoder().decode(attribute.s);
    case Kind.INTS:
      return attribute.ints.map(Number);
    default:
      throw new ValueError(`attribute ${attribute.name} has kind ${Kind[attribute.type]}, which is not read`);
  }
}

export function decodeInfo(info: ValueInfoProto): ValueInfo {
  const type = info.type?.value;
  if (type?.case !== "tensorType") throw new ValueError(`${info.name} is no tensor`);
  const shape = (type.value.shape?.dim ?? []).map(({ value }) => {
    if (value.case === undefined) return null;
    return value.case === "dimValue" ? Number(value.value) : value.value;
  });
  return { name: info.name, dtype: dtypeOf(type.value.elemType, info.name), shape };
}

function decodeTensor(tensor: TensorProto, folder: string): Host {
  const dtype = dtypeOf(tensor.dataType, tensor.name);
  const shape = tensor.dims.map(Number);
  if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) {
    return { dtype, shape, data: dataOf(tensor, dtype) };
  }
  const place = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
  const path = folder === "" ? (place.location ?? "") : `${folder}/${place.location}`;
  return {
    dtype,
    shape,
    source: { path, offset: Number(place.offset ?? 0), length: Number(place.length) },
    get data(): Data {
      throw new ValueError(`the values of ${tensor.name} lie in ${path} and are not read here`);
    },
  };
}

/** Raw bytes or numbers, as the file has them. */
export function dataOf(tensor: TensorProto, dtype: DType): Data {
  const bytes = tensor.rawData.slice();
  if (dtype === "bfloat16") {
    const words =
      bytes.length > 0 ? new Uint32Array(bytes.buffer) : Uint32Array.from(tensor.uint64Data, Number);
    return Uint16Array.from(words, (word) => word >>> 16);
  }
  if (bytes.length > 0) return viewed(bytes.buffer, dtype);
  if (dtype === "float32") return Float32Array.from(tensor.floatData);
  if (dtype === "float64") return Float64Array.from(tensor.doubleData);
  if (dtype === "int64") return BigInt64Array.from(tensor.int64Data);
  const data =
    dtype === "float16" ? new Uint16Array(tensor.int32Data.length) : allocate(dtype, tensor.int32Data.length);
  (data as Int32Array).set(tensor.int32Data);
  return dtype === "float16" ? viewed(data.buffer as ArrayBuffer, dtype) : data;
}

function dtypeOf(type: number, name: string): DType {
  const known = dtypeNames.find((dtype) => onnxType[dtype] === type);
  if (known) return known;
  throw new ValueError(`${name} is ${TensorProto_DataType[type] ?? type}, which is not read`);
}
