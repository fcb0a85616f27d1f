/** Numbers, parameters and places as the text form writes them. */
import { isPlainObject } from "../../base/tree.ts";
import type { Param, Params } from "../../ops/spec.ts";
import type { DType } from "../../tensor/dtype.ts";
import { allocate, type Host, storing, valueAt } from "../../tensor/host.ts";
import { printType, type Type } from "../../tensor/type.ts";
import type { Hook } from "../hook.ts";

export const typeText = (type: Type): string => (type.dynamic ? "dynamic" : printType(type));

/** A number that reads back as the same one: `1`, `-0`, `0.1`, `-inf`, `nan`. */
export function numberText(value: number | bigint): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "number" && !Number.isFinite(value))
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return String(value);
}

export const numberOf = (text: string): number =>
  text === "nan" ? Number.NaN : text.endsWith("inf") ? Number(text.replace("inf", "Infinity")) : Number(text);

/** What the number of a text is when a tensor of this dtype holds it. */
export function stored(dtype: DType, text: string): number | bigint {
  const value = dtype === "int64" ? BigInt(text) : numberOf(text);
  const data = allocate(dtype, 1);
  data[0] = storing(dtype)(value);
  return valueAt({ dtype, shape: [1], data }, 0);
}

/** The shortest text that a tensor of this dtype reads back as the same value. */
export function valueText(host: Host, i: number): string {
  const value = valueAt(host, i);
  if (typeof value === "bigint" || !Number.isFinite(value)) return numberText(value);
  for (let digits = 1; digits < 17; digits++) {
    const text = numberText(Number(value.toPrecision(digits)));
    if (Object.is(stored(host.dtype, text), value)) return text;
  }
  return numberText(value);
}

/** `[1, 2.5]`: the values in row-major order. */
export const valuesText = (host: Host): string =>
  `[${Array.from({ length: host.data.length }, (_, i) => valueText(host, i)).join(", ")}]`;

/** `{dim: -1, keepdim: true}`, or nothing. */
export function paramsText(params: Params): string {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return entries.length
    ? ` {${entries.map(([key, value]) => `${key}: ${paramText(value)}`).join(", ")}}`
    : "";
}

function paramText(value: Param): string {
  if (Array.isArray(value)) return `[${value.map(paramText).join(", ")}]`;
  return typeof value === "number" ? numberText(value) : JSON.stringify(value);
}

/** A tree of leaves and plain literals; `leaf` writes everything else. */
export function treeText(tree: unknown, leaf: (x: unknown) => string | undefined): string {
  const text = leaf(tree);
  if (text !== undefined) return text;
  if (Array.isArray(tree)) return `[${tree.map((item) => treeText(item, leaf)).join(", ")}]`;
  if (isPlainObject(tree))
    return `{${Object.entries(tree)
      .map(([key, item]) => `${JSON.stringify(key)}: ${treeText(item, leaf)}`)
      .join(", ")}}`;
  return literalText(tree);
}

/** Whether a text can say all there is about it. */
export const isLiteral = (x: unknown): boolean =>
  x === null || ["number", "string", "boolean", "bigint", "undefined"].includes(typeof x);

function literalText(x: unknown): string {
  if (typeof x === "number") return numberText(x);
  if (typeof x === "bigint") return `${x}n`;
  return x === undefined ? "undefined" : JSON.stringify(x);
}

/** `layers.6.output[0]`, `layer1.input`, `output["logits"]` of the model itself. */
export function hookText({ module, call, edge, leaf }: Hook): string {
  const first = edge === "inputs" && leaf[0] === 0 && leaf[1] === 0;
  const place = (first ? leaf.slice(2) : leaf).map((key) =>
    typeof key === "number" ? `[${key}]` : `[${JSON.stringify(key).replaceAll(" ", "\\u0020")}]`,
  );
  return `${module && `${module}.`}${call ? `calls[${call}].` : ""}${first ? "input" : edge}${place.join("")}`;
}

/** @throws SyntaxError for what names no hook */
export function hookOf(text: string): Hook {
  const match = /^(?:(.+)\.)?(input|inputs|output)((?:\[[^\]]+\])*)$/.exec(text);
  if (!match) throw new SyntaxError("no edge of a module");
  const [, before = "", edge, place = ""] = match;
  const calls = /^(?:(.*)\.)?calls\[(\d+)\]$/.exec(before);
  const leaf = [...place.matchAll(/\[([^\]]+)\]/g)].map(([, key]) => JSON.parse(key!) as string | number);
  return {
    module: calls ? (calls[1] ?? "") : before,
    call: calls ? Number(calls[2]) : 0,
    edge: edge === "output" ? "output" : "inputs",
    leaf: edge === "input" ? [0, 0, ...leaf] : leaf,
  };
}

/** What a line makes by other means than an op. */
export const words: ReadonlySet<string> = new Set([
  "constant",
  "hook",
  "call",
  "decide",
  "merge",
  "take",
  "apply",
  "trace",
  "loop",
]);

/** `add`; an op with the name of something else stands apart: `ops.trace`. */
export const opText = (op: string): string => (words.has(op) ? `ops.${op}` : op);
