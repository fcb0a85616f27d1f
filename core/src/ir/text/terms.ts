/** The parts of a line of a program: types, numbers, parameters, trees. */
import type { Param, Params } from "../../ops/spec.ts";
import { type DType, dtypeNames } from "../../tensor/dtype.ts";
import { allocate, type Host, storing } from "../../tensor/host.ts";
import type { Dim, Type } from "../../tensor/type.ts";
import { dynamicType } from "../builder.ts";
import { numberOf } from "./literals.ts";
import type { Reader } from "./reader.ts";

const number = /-?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b/;
const word = /[A-Za-z_$][\w$]*/;

export function readDType(reader: Reader): DType {
  const name = reader.need(word, "a dtype");
  return dtypeNames.find((one) => one === name) ?? reader.fail(`'${name}' is no dtype`);
}

export function readType(reader: Reader): Type {
  if (reader.takes("dynamic")) return dynamicType;
  const dtype = readDType(reader);
  reader.need("[");
  return { dtype, shape: reader.list("]", () => readDim(reader)) };
}

function readDim(reader: Reader): Dim {
  const size = reader.take(/\d+/);
  if (size !== undefined) return Number(size);
  const name = reader.need(/[^\s,\]=]+/, "a size or the name of an axis");
  return reader.takes("=") ? { name, size: Number(reader.need(/\d+/, "a size")) } : { name };
}

export const readText = (reader: Reader): string =>
  JSON.parse(reader.need(/"(?:[^"\\]|\\.)*"/, "a text in quotes")) as string;

/** The values of a tensor whose type is known. */
export function readValues(reader: Reader, { dtype, shape }: Type): Host {
  reader.need("[");
  const texts = reader.list("]", () => reader.need(number, "a number"));
  return { dtype, shape: shape as readonly number[], data: dataOf(dtype, texts) };
}

function dataOf(dtype: DType, texts: readonly string[]): Host["data"] {
  const data = allocate(dtype, texts.length);
  const store = storing(dtype);
  for (const [i, text] of texts.entries()) data[i] = store(dtype === "int64" ? BigInt(text) : numberOf(text));
  return data;
}

/** `2:float32`, `true`: a tensor without dimensions, written where it is used. */
export function readScalar(reader: Reader): Host {
  const truth = reader.take(/(?:true|false)\b/);
  if (truth) return { dtype: "bool", shape: [], data: dataOf("bool", [truth === "true" ? "1" : "0"]) };
  const text = reader.need(number, "a value");
  reader.need(":");
  const dtype = readDType(reader);
  return { dtype, shape: [], data: dataOf(dtype, [text]) };
}

export function readParams(reader: Reader): Params {
  if (!reader.takes("{")) return {};
  return Object.fromEntries(
    reader.list("}", () => {
      const name = reader.need(word, "the name of a parameter");
      reader.need(":");
      return [name, readTree(reader, () => undefined) as Param] as const;
    }),
  );
}

/** Lists and dicts of literals and of what `leaf` reads. */
export function readTree(reader: Reader, leaf: () => { readonly leaf: unknown } | undefined): unknown {
  const found = leaf();
  if (found) return found.leaf;
  if (reader.takes("[")) return reader.list("]", () => readTree(reader, leaf));
  if (reader.takes("{")) return Object.fromEntries(reader.list("}", () => readEntry(reader, leaf)));
  if (reader.sees(/"/)) return readText(reader);
  const big = reader.take(/-?\d+n/);
  if (big !== undefined) return BigInt(big.slice(0, -1));
  const constant = reader.take(/(?:true|false|null|undefined)\b/);
  if (constant !== undefined) return { true: true, false: false, null: null, undefined }[constant];
  return numberOf(reader.need(number, "a value"));
}

function readEntry(reader: Reader, leaf: () => { readonly leaf: unknown } | undefined): [string, unknown] {
  const key = readText(reader);
  reader.need(":");
  return [key, readTree(reader, leaf)];
}
