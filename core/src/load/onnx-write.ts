/** Writes graphs as ONNX files: small weights inside, large ones in one file beside it. */
import { basename } from "node:path";
import { encode, rawOf } from "../onnx/encode.ts";
import type { Graph, Initializer } from "../onnx/graph.ts";
import type { Host } from "../tensor/host.ts";
import { readRange, writeAt } from "./file-range.ts";
import { replaceFile } from "./replace-file.ts";

/** Bytes of weights from which on they lie beside the model. */
const MOST_INSIDE = 1 << 26;

/** A place in the file of weights begins at a multiple of this, so that it can be mapped. */
const ALIGNMENT = 4096;

/** @returns the path of the weights, where they lie beside */
export async function writeOnnx(path: string, graph: Graph): Promise<string | undefined> {
  const total = graph.initializers.reduce((sum, { value }) => sum + lengthOf(value), 0);
  if (total <= MOST_INSIDE) {
    const initializers = graph.initializers.map(({ name, value }): Initializer => {
      const { dtype, shape, data } = value;
      return { name, value: { dtype, shape, data } };
    });
    await replaceFile(path, (file) => writeAt(file, encode({ ...graph, initializers }), 0));
    return undefined;
  }
  const beside = `${path}.data`;
  const initializers: Initializer[] = [];
  await replaceFile(beside, async (file) => {
    let offset = 0;
    for (const { name, value } of graph.initializers) {
      const length = lengthOf(value);
      if (length <= 64) {
        initializers.push({ name, value });
        continue;
      }
      await writeAt(file, bytesOf(value), offset);
      const { dtype, shape, data } = { ...value, data: [] as unknown as Host["data"] };
      initializers.push({ name, value: { dtype, shape, data, source: { path: beside, offset, length } } });
      offset = Math.ceil((offset + length) / ALIGNMENT) * ALIGNMENT;
    }
  });
  await replaceFile(path, (file) => writeAt(file, encode({ ...graph, initializers }), 0));
  return beside === path ? undefined : `${basename(beside)}`;
}

function bytesOf(value: Host): Uint8Array {
  if (value.source) return new Uint8Array(readRange(value.source));
  const { buffer, byteOffset, byteLength } = rawOf(value);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

const lengthOf = (value: Host): number => value.source?.length ?? rawOf(value).byteLength;
