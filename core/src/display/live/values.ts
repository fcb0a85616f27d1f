/** What a kernel may ask of the library about values of the user's cells: what they are, and two of them compared. */
import { ValueError } from "../../base/errors.ts";
import { modelFacts } from "../../model/nnsight.ts";
import { allocate, type Host, sizeOf } from "../../tensor/host.ts";
import { isLazy } from "../../trace/state.ts";
import { Tensor } from "../../trace/tensor.ts";
import { labelsOf } from "../labels.ts";
import { bytesOf, numbersOf } from "../numbers.ts";
import { type TensorPayload, tensorPayload } from "../payload.ts";
import { colourRange } from "../range.ts";
import { keepTensor } from "./keep.ts";
import { shelfOfProcess } from "./shelf.ts";

/** A value in the list of what a notebook holds. */
export type Described =
  | {
      readonly kind: "tensor";
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly bytes: number;
      /** Of the figures that show it. */
      readonly id?: string;
    }
  | {
      readonly kind: "model";
      readonly model: string;
      readonly parameters: number;
      readonly bytes: number;
      readonly edits: number;
    };

export interface HeldValue {
  /** As the cell names it, such as `run.resid`. */
  readonly name: string;
  /** The cell that gave the name its value. */
  readonly cell: number;
  readonly value: Described;
}

/** What a page may ask of the id `nnsight.values`. */
export type ValuesQuery =
  | { readonly ask: "list" }
  | { readonly ask: "open"; readonly name: string }
  | { readonly ask: "drop"; readonly name: string }
  | { readonly ask: "compare"; readonly names: readonly [string, string] };

export interface ListResult {
  readonly values: readonly HeldValue[];
}

/** How far two tensors of one shape are from each other. */
export interface Comparison {
  readonly largest: number;
  /** Where that is. */
  readonly at: readonly number[];
  readonly mean: number;
  readonly rms: number;
  readonly cosine: number | null;
  readonly different: number;
  readonly count: number;
}

export interface CompareResult {
  /** Both in the same range of colours. */
  readonly first: TensorPayload;
  readonly second: TensorPayload;
  /** The first minus the second. */
  readonly difference: TensorPayload;
  readonly comparison: Comparison;
}

/** What a kernel calls. Every function takes any value and runs no code of it. */
const library = {
  describe(value: object): Described | undefined {
    if (Tensor.owns(value)) {
      const host = hostOf(value);
      if (!host) return undefined;
      const id = shelfOfProcess()?.idOf(host);
      const { dtype, shape } = host;
      return { kind: "tensor", dtype, shape, bytes: bytesIn(host), ...(id !== undefined && { id }) };
    }
    const model = modelFacts(value);
    if (!model) return undefined;
    let [parameters, bytes] = [0, 0];
    for (const [, { dtype, shape }] of model.module.namedParameters()) {
      parameters += sizeOf(shape);
      bytes += sizeOf(shape) * bytesOf(dtype);
    }
    return { kind: "model", model: model.name, parameters, bytes, edits: model.edits.length };
  },

  /** The tensor as a notebook would keep it. */
  open(value: object, name: string): TensorPayload {
    const host = Tensor.owns(value) ? hostOf(value) : undefined;
    if (!host) throw new ValueError(`${name} is no tensor that has been run.`);
    return shown(host, { ...labelsOf(value as Tensor), name, expression: name });
  },

  compare(values: readonly [object, object], names: readonly [string, string]): CompareResult {
    const [a, b] = values.map((value) => (Tensor.owns(value) ? hostOf(value) : undefined));
    if (!a || !b) throw new ValueError(`${names.join(" and ")} are not both tensors that have been run.`);
    if (a.shape.join() !== b.shape.join())
      throw new ValueError(
        `${names[0]} is [${a.shape.join(", ")}] and ${names[1]} is [${b.shape.join(", ")}]: only tensors of one shape can be compared.`,
      );
    const [x, y] = [numbersOf(a), numbersOf(b)];
    const data = allocate("float32", x.length) as Float32Array;
    for (let i = 0; i < x.length; i++) data[i] = x[i]! - y[i]!;
    const difference: Host = { dtype: "float32", shape: a.shape, data };
    const labels = (value: object | undefined, name: string) => ({
      ...labelsOf(value as Tensor),
      name,
      expression: name,
    });
    const [first, second] = [shown(a, labels(values[0], names[0])), shown(b, labels(values[1], names[1]))];
    const range = colourRange({
      ...first.statistics,
      min: Math.min(first.statistics.min ?? 0, second.statistics.min ?? 0),
      max: Math.max(first.statistics.max ?? 0, second.statistics.max ?? 0),
      p99Size: Math.max(first.statistics.p99Size ?? 0, second.statistics.p99Size ?? 0),
    });
    const { axes, tokens } = labels(values[0], names[0]);
    return {
      first: { ...first, range },
      second: { ...second, range },
      difference: shown(difference, {
        name: `${names[0]} \u2212 ${names[1]}`,
        ...(axes && { axes }),
        ...(tokens && { tokens }),
      }),
      comparison: comparisonOf(x, y, a.shape),
    };
  },
};

function shown(host: Host, labels: Parameters<typeof keepTensor>[1]): TensorPayload {
  const id = keepTensor(host, labels);
  return tensorPayload(host, { ...labels, ...(id !== undefined && { id }) });
}

/** The numbers, unless the tensor is still to be run or was not saved. */
function hostOf(tensor: Tensor): Host | undefined {
  try {
    const { state } = tensor;
    return isLazy(state) ? undefined : state;
  } catch {
    return undefined;
  }
}

const bytesIn = ({ dtype, shape }: Host): number => sizeOf(shape) * bytesOf(dtype);

function comparisonOf(x: ArrayLike<number>, y: ArrayLike<number>, shape: readonly number[]): Comparison {
  let [largest, place, sum, squares, different, dot, xx, yy] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
      if (Number.isFinite(a)) [dot, xx, yy] = [dot + a * b, xx + a * a, yy + b * b];
      continue;
    }
    different++;
    const away = Math.abs(a - b);
    if (!Number.isFinite(away)) continue;
    if (away > largest) [largest, place] = [away, i];
    [sum, squares] = [sum + away, squares + away * away];
    [dot, xx, yy] = [dot + a * b, xx + a * a, yy + b * b];
  }
  const at = [...shape];
  for (let axis = shape.length - 1, rest = place; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  const count = x.length;
  return {
    largest,
    at,
    mean: count ? sum / count : 0,
    rms: count ? Math.sqrt(squares / count) : 0,
    cosine: xx > 0 && yy > 0 ? dot / Math.sqrt(xx * yy) : null,
    different,
    count,
  };
}

/** Where a kernel finds the library, one for each copy of it that a cell has loaded. */
const registered = Symbol.for("nnsight.values");

export function openValues(): void {
  (globalThis as { [registered]?: (typeof library)[] })[registered]?.push(library);
}
