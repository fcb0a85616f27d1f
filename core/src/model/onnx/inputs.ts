/** What the inputs of ONNX files are called: which axes go together, and which inputs follow from others. */
import type { ValueInfo } from "../../onnx/graph.ts";
import { allocate } from "../../tensor/host.ts";
import { sizeOfDim, type Type } from "../../tensor/type.ts";
import { tensor } from "../../trace/create.ts";
import { Tensor } from "../../trace/tensor.ts";

const isPast = (name: string): boolean => /^past/.test(name);

/** The input that others follow from. */
const idsAmong = <T extends { readonly name: string }>(inputs: readonly T[]): T | undefined =>
  inputs.find(({ name }) => name === "input_ids") ?? inputs[0];

/**
 * The first axis of the ids is the batch, whatever the file calls it, and so are axes of that name. Where nothing came before,
 * the mask is as long as the ids, whatever the file calls that.
 */
export function named(inputs: readonly ValueInfo[]): ValueInfo[] {
  const ids = idsAmong(inputs);
  const [batch, position] = ids?.shape ?? [];
  const past = inputs.some(({ name }) => isPast(name));
  const renamed = (one: ValueInfo, axis: number): number | string | null => {
    const size = one.shape[axis]!;
    if (one === ids && axis === 0 && size === null) return "batch";
    if (typeof size !== "string") return size;
    if (size === batch) return "batch";
    return one.name === "attention_mask" && !past && typeof position === "string" ? position : size;
  };
  return inputs.map((one) => ({ ...one, shape: one.shape.map((_, axis) => renamed(one, axis)) }));
}

/** The mask covers what came before and the ids. */
export function sumsOf(inputs: readonly ValueInfo[]): Map<string, readonly string[]> {
  const position = idsAmong(inputs)?.shape[1];
  const past = inputs
    .find(({ name }) => isPast(name))
    ?.shape.find((size, axis) => axis && typeof size === "string");
  const total = inputs.find(({ name }) => name === "attention_mask")?.shape[1];
  const isSum = [position, past, total].every((size) => typeof size === "string") && total !== position;
  return new Map(isSum ? [[total as string, [past as string, position as string]]] : []);
}

/** What was given, with what follows from it: masks, positions, and a past in which nothing was. */
export function completed(
  inputs: readonly { readonly name: string; readonly type: Type }[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const all = { ...given };
  const first = all[idsAmong(inputs)?.name ?? ""];
  if (first === undefined) return all;
  const ids = asTensor(first);
  const [rows = 1, width = 1] = ids.shape;
  let before = 0;
  for (const { name, type } of inputs)
    if (isPast(name)) {
      all[name] ??= nothingBefore(type, rows);
      if (all[name] !== undefined) before = asTensor(all[name]).shape.at(-2)!;
    }
  for (const { name } of inputs)
    if (all[name] === undefined) {
      if (name === "attention_mask") all[name] = filled(rows, before + width, () => 1);
      if (name === "position_ids") all[name] = filled(rows, width, (at) => before + at);
      if (name === "token_type_ids") all[name] = filled(rows, width, () => 0);
    }
  return all;
}

/** Keys or values `[batch, head, 0, size]`; nothing when the file does not tell the other sizes. */
function nothingBefore({ dtype, shape }: Type, rows: number): Tensor | undefined {
  const sizes = shape.map((dim, axis) =>
    axis === 0 ? rows : axis === shape.length - 2 ? 0 : sizeOfDim(dim),
  );
  if (sizes.length < 3 || sizes.includes(undefined)) return undefined;
  return new Tensor({ dtype, shape: sizes as number[], data: allocate(dtype, 0) });
}

const filled = (rows: number, width: number, value: (at: number) => number): Tensor =>
  tensor(Array.from({ length: rows }, () => Array.from({ length: width }, (_, at) => BigInt(value(at)))));

const asTensor = (value: unknown): Tensor => (value instanceof Tensor ? value : tensor(value as number[]));
