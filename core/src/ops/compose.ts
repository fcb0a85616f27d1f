/**
 * Ops made of other ops: one description is typed, written in ONNX and evaluated. Knows nothing of any single op.
 */
import { promoteAll, scalarType } from "../tensor/dtype.ts";
import { type Host, scalar } from "../tensor/host.ts";
import { axisOf, sizeOfDim, type Type } from "../tensor/type.ts";
import { sizesAt } from "./lowering.ts";
import {
  type Call,
  type Draft,
  type Emit,
  type Op,
  type Operand,
  op,
  type Params,
  type ViewOp,
} from "./spec.ts";

/** A value on the way: its type, and its name in a graph or its numbers. */
export interface Part extends Operand {
  readonly type: Type;
  readonly name: string;
  readonly host?: Host;
}

interface Mode {
  readonly emit?: Emit;
  readonly numbers?: boolean;
}

/** Runs ops on parts: types only, into a graph, or on numbers. */
export class Steps {
  flops = 0;
  readonly #mode: Mode;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  /** One op with one result. */
  do<A extends readonly unknown[]>(entry: Op<A>, ...args: A): Part {
    return this.all(entry, ...args)[0]!;
  }

  /** One op with all its results. */
  all<A extends readonly unknown[]>(entry: Op<A>, ...args: A): Part[] {
    const { operands, params } = entry.call(...args);
    const parts = this.#weighed(operands as (Part | number | boolean | undefined)[]);
    const types = parts.map((part) => part?.type) as Type[];
    const made = listed<Type>(entry.infer(types, params));
    this.flops += entry.flops(types, params);
    const { emit, numbers } = this.#mode;
    if (emit) {
      const names = listed<string>(
        entry.lower(
          emit,
          parts.map((part) => part?.name ?? ""),
          params,
          types,
        ),
      );
      return made.map((type, i) => part(type, names[i]));
    }
    if (!numbers) return made.map((type) => part(type));
    const hosts = entry.evaluate(parts.map((part) => part?.host) as Host[], params);
    return listed<Host>(hosts).map((host) => part(host, "", host));
  }

  /** A constant. */
  constant(value: Host): Part {
    return part(value, this.#mode.emit?.constant(value), value);
  }

  /** The size of a dimension as an int64 number, known or not. */
  size(x: Part, dim: number): Part {
    const axis = axisOf(dim, x.type.shape.length);
    const size = sizeOfDim(x.type.shape[axis]!);
    if (size !== undefined) return this.constant(scalar(size, "int64"));
    const { emit } = this.#mode;
    const name = emit?.node("Squeeze", [sizesAt(emit, x.name, [axis])]);
    return part({ dtype: "int64", shape: [] }, name);
  }

  /** 0, 1, … along a dimension, int64. */
  places(x: Part, dim: number): Part {
    const size = x.type.shape[axisOf(dim, x.type.shape.length)]!;
    const n = sizeOfDim(size);
    if (n !== undefined) {
      const data = BigInt64Array.from({ length: n }, (_, i) => BigInt(i));
      return this.constant({ dtype: "int64", shape: [n], data });
    }
    const { emit } = this.#mode;
    const [zero, one] = [this.constant(scalar(0, "int64")), this.constant(scalar(1, "int64"))];
    return part(
      { dtype: "int64", shape: [size] },
      emit?.node("Range", [zero.name, this.size(x, dim).name, one.name]),
    );
  }

  #weighed(operands: readonly (Part | number | boolean | undefined)[]): (Part | undefined)[] {
    const types = operands.flatMap((one) => (typeof one === "object" ? [one.type] : []));
    const common = types.length ? promoteAll(...types) : undefined;
    return operands.map((one) =>
      typeof one === "number" || typeof one === "boolean"
        ? this.constant(scalar(one, scalarType(one, common)))
        : one,
    );
  }
}

const part = (type: Type, name = "", host?: Host): Part => ({
  isOperand: true,
  type: { dtype: type.dtype, shape: type.shape },
  name,
  ...(host && { host }),
});

const listed = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? (x as readonly T[]) : [x as T]);

export interface Composition<A extends readonly unknown[], P extends Params, R extends string> {
  readonly call: (...args: A) => Call<P>;
  readonly results?: readonly R[];
  /** The ops that it is made of. An absent operand is undefined. */
  readonly make: (steps: Steps, parts: readonly (Part | undefined)[], params: P) => Part | readonly Part[];
}

/** The facets of an op that is made of others. */
export function composition<A extends readonly unknown[], P extends Params, R extends string = never>({
  make,
  ...rest
}: Composition<A, P, R>): Draft<A, P, R> {
  const typed = (types: readonly Type[]) => types.map((type) => type && part(type));
  return {
    ...rest,
    infer: (types, params) => {
      const made = make(new Steps({}), typed(types), params);
      return Array.isArray(made) ? (made as Part[]).map(({ type }) => type) : (made as Part).type;
    },
    lower: (emit, names, params, types) => {
      const parts = types.map((type, i) => type && part(type, names[i]));
      const made = make(new Steps({ emit }), parts, params);
      return Array.isArray(made) ? (made as Part[]).map(({ name }) => name) : (made as Part).name;
    },
    evaluate: (hosts, params) => {
      const parts = hosts.map((host) => host && part(host, "", host));
      const made = make(new Steps({ numbers: true }), parts, params);
      return Array.isArray(made) ? (made as Part[]).map(({ host }) => host!) : (made as Part).host!;
    },
    flops: (types, params) => {
      const steps = new Steps({});
      make(steps, typed(types), params);
      return steps.flops;
    },
  };
}

/** An op that is made of others. */
export const composed = <A extends readonly unknown[], P extends Params, R extends string = never>(
  rule: Composition<A, P, R>,
): Op<A, P, R> => op(composition(rule));

/** The same, for one that only moves values: every dtype as it is. */
export const moving = <A extends readonly unknown[], P extends Params, R extends string = never>(
  rule: Composition<A, P, R>,
): Op<A, P, R> => op({ ...composition(rule), moves: true });

/** The same, for one whose result shares memory with its operand in torch. */
export const viewing = <A extends readonly unknown[], P extends Params>(
  rule: Composition<A, P, never>,
): ViewOp<A, P> => ({ ...moving(rule), view: true });
