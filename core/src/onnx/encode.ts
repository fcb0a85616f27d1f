/** ONNX graphs as the bytes of a model file. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  type GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";
import { onnxType } from "../ops/lowering.ts";
import type { Attribute } from "../ops/spec.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Data, Host } from "../tensor/host.ts";
import { allNodes, type Graph, type Initializer, type OnnxNode, type ValueInfo } from "./graph.ts";
import { renameGraph } from "./nested.ts";

/** What the models of this library are written in: accepted by ONNX Runtime 1.30. */
const irVersion = 11n;
const opset = 23n;
/** The first with BitCast, which float16 and bfloat16 need. */
const bitOpset = 26n;

/**
 * The bytes of a model. Weights with a source stay in their file: they are named by its last name, so the session
 * must be told the folder.
 */
export function encode(graph: Graph): Uint8Array {
  const nodes = allNodes(graph);
  const domains = new Set(nodes.map((node) => node.domain).filter((domain) => domain !== ""));
  const bits = nodes.some((node) => node.operator === "BitCast");
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "nnsight-ts",
    opsetImport: [
      { domain: "", version: bits ? bitOpset : opset },
      ...[...domains].map((domain) => ({ domain, version: 1n })),
    ],
    graph: encodeGraph("graph", graph),
  });
  return toBinary(ModelProtoSchema, model);
}

const encodeGraph = (name: string, graph: Graph): MessageInitShape<typeof GraphProtoSchema> => ({
  name,
  input: [...graph.inputs.map(encodeInfo), ...graph.initializers.filter(({ raw }) => raw).map(encodeRaw)],
  output: graph.outputs.map(encodeInfo),
  node: graph.nodes.map(encodeNode),
  initializer: graph.initializers.map(encodeInitializer),
});

const encodeNode = (node: OnnxNode): MessageInitShape<typeof NodeProtoSchema> => ({
  ...(node.name && { name: node.name }),
  opType: node.operator,
  domain: node.domain,
  input: [...node.inputs],
  output: [...node.outputs],
  attribute: [
    ...Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
    ...Object.entries(node.graphs ?? {}).map(([name, graph]) => ({
      name,
      type: Kind.GRAPH,
      g: encodeGraph(name, graph),
    })),
  ],
});

function encodeAttribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") return { name, type: Kind.INT, i: BigInt(value) };
  if (typeof value === "string") return { name, type: Kind.STRING, s: bytesOfText(value) };
  if ("proto" in value) {
    const attribute = fromBinary(AttributeProtoSchema, Buffer.from(value.proto, "base64"));
    const names = new Map(Object.entries(value.names ?? {}));
    for (const graph of [...(attribute.g ? [attribute.g] : []), ...attribute.graphs])
      renameGraph(graph, (one) => names.get(one) ?? one);
    return attribute;
  }
  if ("float" in value) return { name, type: Kind.FLOAT, f: value.float };
  return { name, type: Kind.INTS, ints: value.map(BigInt) };
}

function encodeInfo({ name, dtype, shape }: ValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  if (dtype === undefined) return { name };
  const dim = shape.map((size) => {
    if (size === null) return {};
    if (typeof size === "number") return { value: { case: "dimValue" as const, value: BigInt(size) } };
    return { value: { case: "dimParam" as const, value: size } };
  });
  return {
    name,
    type: { value: { case: "tensorType", value: { elemType: onnxType[dtype], shape: { dim } } } },
  };
}

const encodeRaw = ({ name, value }: Initializer): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: "tensorType",
      value: {
        elemType: rawType[value.dtype]!,
        shape: { dim: value.shape.map((size) => ({ value: { case: "dimValue", value: BigInt(size) } })) },
      },
    },
  },
});

/** ONNX's numbers of the 16-bit floats themselves. */
const rawType: Partial<Record<DType, number>> = { float16: 10, bfloat16: 16 };

function encodeInitializer({ name, value, raw }: Initializer): MessageInitShape<typeof TensorProtoSchema> {
  const dataType = raw ? rawType[value.dtype]! : onnxType[value.dtype];
  const head = { name, dims: value.shape.map(BigInt), dataType };
  if (value.source === undefined) {
    const { buffer, byteOffset, byteLength } = rawOf(value);
    return { ...head, rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) };
  }
  const { path, offset, length } = value.source;
  const place = {
    location: path.slice(path.lastIndexOf("/") + 1),
    offset: String(offset),
    length: String(length),
  };
  return {
    ...head,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, entry]) => ({ key, value: entry })),
  };
}

/** The values as graphs have them: bfloat16 as the bits of the float32 with the same value. */
export const rawOf = ({ dtype, data }: Host): Data | Uint32Array =>
  dtype === "bfloat16" ? Uint32Array.from(data as Uint16Array, (word) => word << 16) : data;

const bytesOfText = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
