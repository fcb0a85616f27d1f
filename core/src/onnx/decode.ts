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
import type { Attribute } from "../ops/spec.ts";
import type { Data, Host } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
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

function decodeInfo(info: ValueInfoProto): ValueInfo {
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
function dataOf(tensor: TensorProto, dtype: DType): Data {
  const bytes = tensor.rawData.slice();
  if (dtype === "float32") {
    return bytes.length > 0 ? new Float32Array(bytes.buffer) : Float32Array.from(tensor.floatData);
  }
  if (dtype === "int64") {
    return bytes.length > 0 ? new BigInt64Array(bytes.buffer) : BigInt64Array.from(tensor.int64Data);
  }
  return bytes.length > 0 ? bytes : Uint8Array.from(tensor.int32Data);
}

function dtypeOf(type: number, name: string): DType {
  if (type === TensorProto_DataType.FLOAT) return "float32";
  if (type === TensorProto_DataType.INT64) return "int64";
  if (type === TensorProto_DataType.BOOL) return "bool";
  throw new ValueError(
    `${name} is ${TensorProto_DataType[type] ?? type}: only FLOAT, INT64 and BOOL are read`,
  );
}
