/** Files of other programs as flat graphs: every node with the modules it stands in, weights left in their files. Trusts nothing. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "onnx-buf";
import { ValueError } from "../base/errors.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { type Data, type FileRange, type Host, sizeOf, viewed } from "../tensor/host.ts";
import { chooseBranches, type Fixed } from "./branches.ts";
import { dataOf, decodeInfo } from "./decode.ts";
import type { ValueInfo } from "./graph.ts";
import { inlineFunctions, requireFew } from "./inline.ts";
import { capturedBy, graphsIn, nestedGraphs, renameInside } from "./nested.ts";
import { requireKnown, upgrade } from "./upgrade.ts";
import { halfFormats, halvesOf, widenTypes } from "./widen.ts";

export interface FlatNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  /** What it reads; at the end what the graphs in it read of the one around. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of a node that holds graphs, as branches and loops do: what those read of the one around, also by these names. */
  readonly captures?: readonly string[];
  /** By name its bytes, in base64. */
  readonly attributes: readonly (readonly [string, string])[];
  /** The paths of the modules around it, outermost first, and their classes, where the file tells them. */
  readonly scopes?: readonly string[];
  readonly classes?: readonly string[];
}

export interface FlatGraph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly string[];
  readonly nodes: readonly FlatNode[];
  readonly weights: ReadonlyMap<string, Host>;
  /** The program that wrote the file, as it calls itself. */
  readonly producer: string;
}

/** Finds a file of weights by the name in the model, and reads of it. @throws ValueError when it leads outside or ends early */
export interface Beside {
  range(location: string, offset: number, length: number): FileRange;
  read(range: FileRange): ArrayBuffer;
  /** The same 16-bit floats as float32, in a file of the cache. */
  widened(range: FileRange, format: "F16" | "BF16"): FileRange;
}

/**
 * @param fixed inputs that choose branches, and what they are
 * @throws ValueError that says what the file holds that is not read
 */
export function readModel(bytes: Uint8Array, beside: Beside, fixed: Fixed = {}): FlatGraph {
  const model = parsed(bytes);
  const { graph, opsetImport } = model;
  const opset = Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0);
  if (!graph || graph.node.length === 0) throw new ValueError("it has no graph");
  requireFew([...nestedGraphs(graph)].reduce((sum, { node }) => sum + node.length, 0));
  const opsets = inlineFunctions(model);
  widenTypes(graph);
  chooseBranches(graph, fixed);
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, hostOf(tensor, beside)]));
  const others = new Map<string, string>();
  const nodes: FlatNode[] = [];
  requireKnown(opset);
  for (const node of graph.node) {
    if (takeConstant(node, weights, others, beside)) continue;
    const known = (name: string): string => others.get(name) ?? name;
    node.input = node.input.map(known);
    renameInside(node, known);
    for (const one of [node, ...graphsIn(node).flatMap(nodesIn)]) {
      const own = opsets.get(one) ?? opset;
      if (own !== opset) requireKnown(own);
      upgrade(one, own, weights);
    }
    nodes.push(flat(node));
  }
  const fed = graph.input.filter(({ name }) => !weights.has(name)).map(decodeInfo);
  const outputs = graph.output.map(({ name }) => others.get(name) ?? name);
  checkOrder(nodes, new Set([...fed.map(({ name }) => name), ...weights.keys()]), outputs);
  return { inputs: fed, outputs, nodes, weights, producer: model.producerName };
}

const nodesIn = (graph: GraphProto): NodeProto[] => [...nestedGraphs(graph)].flatMap(({ node }) => node);

function parsed(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new ValueError(`it is not an ONNX model (${(cause as Error).message})`, { cause });
  }
}

/** Constants become weights, and copies of weights other names for them. */
function takeConstant(
  { opType, input, output, attribute }: NodeProto,
  weights: Map<string, Host>,
  others: Map<string, string>,
  beside: Beside,
): boolean {
  const value = opType === "Constant" ? attribute[0] : undefined;
  if (value?.name === "value" && value.t) weights.set(output[0]!, hostOf(value.t, beside));
  else if (value?.name === "value_int") weights.set(output[0]!, ints([], [value.i]));
  else if (value?.name === "value_ints") weights.set(output[0]!, ints([value.ints.length], value.ints));
  else if (value?.name === "value_float")
    weights.set(output[0]!, { dtype: "float32", shape: [], data: Float32Array.of(value.f) });
  else if (opType === "Identity" && weights.has(others.get(input[0]!) ?? input[0]!))
    others.set(output[0]!, others.get(input[0]!) ?? input[0]!);
  else return false;
  return true;
}

const ints = (shape: readonly number[], values: readonly bigint[]): Host => ({
  dtype: "int64",
  shape,
  data: BigInt64Array.from(values),
});

function flat(node: NodeProto): FlatNode {
  const { opType, domain, input, output, attribute, metadataProps, name } = node;
  const captures = graphsIn(node).length ? capturedBy(node) : undefined;
  const list = (key: string): string[] | undefined => {
    const text = metadataProps.find((one) => one.key === `pkg.torch.onnx.${key}`)?.value;
    return text?.match(/'[^']*'/g)?.map((part) => part.slice(1, -1));
  };
  const [scopes, classes] = [list("name_scopes"), list("class_hierarchy")];
  return {
    name,
    operator: opType,
    domain: domain === "ai.onnx" ? "" : domain,
    inputs: captures ? [...input, ...captures] : input,
    outputs: output,
    ...(captures && { captures }),
    attributes: attribute.map((one) => [
      one.name,
      Buffer.from(toBinary(AttributeProtoSchema, one)).toString("base64"),
    ]),
    // The last one is the operation itself.
    ...(scopes && { scopes: scopes.slice(0, -1) }),
    ...(classes && { classes: classes.slice(0, -1) }),
  };
}

/** @throws ValueError for cycles, names that nothing makes, and names that are made twice */
function checkOrder(nodes: readonly FlatNode[], known: Set<string>, outputs: readonly string[]): void {
  for (const { name, operator, inputs, outputs: made } of nodes) {
    const missing = inputs.find((input) => input !== "" && !known.has(input));
    if (missing !== undefined)
      throw new ValueError(`'${name || operator}' reads '${missing}', which nothing before it makes`);
    for (const one of made) {
      if (one !== "" && known.has(one)) throw new ValueError(`'${one}' is made twice`);
      known.add(one);
    }
  }
  const missing = outputs.find((output) => !known.has(output));
  if (missing !== undefined) throw new ValueError(`nothing makes its output '${missing}'`);
}

/** Dtypes that ONNX Runtime and this library write the same way. */
const readable: Readonly<Record<number, DType>> = {
  [TensorProto_DataType.FLOAT]: "float32",
  [TensorProto_DataType.DOUBLE]: "float64",
  [TensorProto_DataType.INT64]: "int64",
  [TensorProto_DataType.INT32]: "int32",
  [TensorProto_DataType.INT16]: "int16",
  [TensorProto_DataType.INT8]: "int8",
  [TensorProto_DataType.UINT8]: "uint8",
  [TensorProto_DataType.BOOL]: "bool",
};

const widths: Readonly<Record<string, number>> = { float64: 8, int64: 8, float32: 4, int32: 4, int16: 2 };

function hostOf(tensor: TensorProto, beside: Beside): Host {
  const half = halfFormats[tensor.dataType];
  const dtype = half ? "float32" : readable[tensor.dataType];
  if (!dtype || !dtypeNames.includes(dtype))
    throw new ValueError(
      `'${tensor.name}' is ${TensorProto_DataType[tensor.dataType] ?? tensor.dataType}, which is not read: use the float32 file`,
    );
  const shape = tensor.dims.map(Number);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    throw new ValueError(`'${tensor.name}' has no proper shape`);
  const length = sizeOf(shape) * (half ? 2 : (widths[dtype] ?? 1));
  if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) {
    const data = half ? halvesOf(tensor) : dataOf(tensor, dtype);
    if (data.length !== sizeOf(shape))
      throw new ValueError(
        `'${tensor.name}' has ${data.length} values where [${shape}] needs ${sizeOf(shape)}`,
      );
    return { dtype, shape, data };
  }
  const place = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
  const found = beside.range(place["location"] ?? "", Number(place["offset"] ?? 0), length);
  if (half) return wideHost(shape, found, half, beside);
  const source = found;
  let data: Data | undefined;
  return {
    dtype,
    shape,
    source,
    get data() {
      return (data ??= viewed(beside.read(source), dtype));
    },
  };
}

/** 16-bit floats of a file beside the model, which are widened when they are first asked for. */
function wideHost(shape: readonly number[], found: FileRange, format: "F16" | "BF16", beside: Beside): Host {
  let source: FileRange | undefined;
  const host: Host = {
    dtype: "float32",
    shape,
    get data() {
      return viewed(beside.read(host.source!), "float32");
    },
    get source() {
      return (source ??= beside.widened(found, format));
    },
  };
  return host;
}
