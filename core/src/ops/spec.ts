/**
 * What an op is: one entry that holds every facet. Methods, functions, operators, eager arithmetic, shape
 * checks, the wire schema and the reference page are derived from entries and never written by hand.
 * Knows nothing of graphs, models or ONNX Runtime.
 */
import { RuntimeError } from "../base/errors.ts";
import type { Host } from "../tensor/host.ts";
import type { Blocks, Packed } from "../tensor/packed.ts";
import type { Type } from "../tensor/type.ts";
import { type Width, widened } from "./widen.ts";

/** A value that a user passes to an op; what it is, a tensor or a node, only the caller knows. */
export interface Operand {
  readonly isOperand: true;
}

/** An operand, or a number that takes the dtype of the tensors beside it, as in torch. */
export type Value = Operand | number | boolean;

/** An ONNX attribute: numbers are integers unless marked. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  /** As a file has it: its bytes in base64. `names` are what a graph in it reads of the one around, and what that is called. */
  | { readonly proto: string; readonly names?: Readonly<Record<string, string>> };

/** Writes ONNX nodes: names of values go in, names of results come out. */
export interface Emit {
  /** One node with one result. `domain` is ONNX's own unless given. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** One node with `count` results, or with those that are wanted: the others have no name. */
  nodes(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number | readonly boolean[],
    domain?: string,
  ): string[];
  /** A 1-D int64 constant that is part of the structure, such as the axes of a reduction. */
  ints(values: readonly number[]): string;
  /** A constant that is part of the structure. */
  constant(value: Host): string;
  /** A value that may differ from run to run, such as a position: an input, so that a loop over it compiles once. */
  data(value: Host): string;
  /** A weight that stays in its file. @param raw whether its 16-bit floats are none of a graph's own types, to be cast */
  stored(value: Host, raw?: boolean): string;
  /** What a name stands for that is a weight in fewer bits; only ops that take such weights see one. */
  packed(name: string): Packed | undefined;
  /** Blocks that a name's weight is also kept in, if products are to read these. */
  blocks(name: string): Blocks | undefined;
}

/** Plain data, so that a program can be printed, hashed and sent. */
export type Param = number | boolean | string | null | readonly Param[];
export type Params = Readonly<Record<string, Param>>;

/** Entries differ in arguments and parameters; where the table is handled as a whole, they are mixed. */
// biome-ignore lint/suspicious/noExplicitAny: nothing else is both a subtype and a supertype of every entry's arguments
type Mixed = any;

export interface Call<P extends Params> {
  /** An absent optional operand is left out at the end, or undefined before others. */
  readonly operands: readonly (Value | undefined)[];
  readonly params: P;
}

/**
 * @typeParam A the arguments as a user writes them
 * @typeParam P the parameters
 * @typeParam R the names of the results when there are several (`values`, `indices`)
 */
export interface Op<
  A extends readonly unknown[] = Mixed,
  P extends Params = Mixed,
  R extends string = string,
> {
  /** Sorts a user's arguments into operands and parameters. */
  readonly call: (...args: A) => Call<P>;
  /** Names of the results, for ops with more than one. Where `infer` gives one Type, that call has one (`max` without `dim`). */
  readonly results?: readonly R[];
  /** The type of the result, or of each. @throws ShapeError with what is wrong, in the user's terms */
  readonly infer: (inputs: readonly Type[], params: P) => Type | readonly Type[];
  /** The same in ONNX (opset 23): the name of the result, or of each. An absent operand is "". */
  readonly lower: (
    emit: Emit,
    inputs: readonly string[],
    params: P,
    types: readonly Type[],
  ) => string | readonly string[];
  /** The same in plain TypeScript: the eager engine for small tensors, and the oracle for ONNX Runtime. */
  readonly evaluate: (inputs: readonly Host[], params: P) => Host | readonly Host[];
  /** Floating-point operations of the whole op, from the types of its inputs. */
  readonly flops: (inputs: readonly Type[], params: P) => number;
  /** Whether `lower` takes weights in fewer bits as they are; others get them as float32. */
  readonly takesPacked?: true;
}

/** An entry as it is written: `lower` and `evaluate` for float32, float64, int64 and bool unless it says otherwise. */
export type Draft<A extends readonly unknown[], P extends Params, R extends string> = Op<A, P, R> & Width;

/** An op that is a function and no method: its first argument is no tensor (`cat`, `zeros`). */
export interface FunctionOp<A extends readonly unknown[] = Mixed, P extends Params = Mixed>
  extends Op<A, P, never> {
  readonly functionOnly: true;
}

/** An op that runs on the host each time its program runs and is never lowered: a draw from the generator. */
export interface HostOp<A extends readonly unknown[] = Mixed, P extends Params = Mixed>
  extends FunctionOp<A, P> {
  readonly host: true;
}

/** An op whose results are a list of parts without names (`chunk`), views in torch; `infer` tells how many. */
export interface ListOp<A extends readonly unknown[] = Mixed, P extends Params = Mixed>
  extends Op<A, P, never> {
  readonly list: true;
  readonly view: true;
}

/** An op with one result when it is called with the tensor alone, and named ones with a dimension (`max`). */
export interface SelectOp<
  A extends readonly unknown[] = Mixed,
  P extends Params = Mixed,
  R extends string = string,
> extends Op<A, P, R> {
  readonly oneAlone: true;
}

/** An op whose result shares memory with its operand in torch, where a write into one changes the other; here it cannot. */
export interface ViewOp<A extends readonly unknown[] = Mixed, P extends Params = Mixed>
  extends Op<A, P, never> {
  readonly view: true;
}

export const op = <A extends readonly unknown[], P extends Params, R extends string = never>(
  entry: Draft<A, P, R>,
): Op<A, P, R> => ({ ...entry, ...widened(entry) });

export const functionOp = <A extends readonly unknown[], P extends Params>(
  entry: Draft<A, P, never>,
): FunctionOp<A, P> => ({ ...op(entry), functionOnly: true });

export const hostOp = <A extends readonly unknown[], P extends Params>(
  entry: Omit<Op<A, P, never>, "lower" | "flops">,
): HostOp<A, P> => ({
  ...entry,
  functionOnly: true,
  host: true,
  lower: () => {
    throw new RuntimeError("a random draw runs on the host, it has no ONNX form");
  },
  flops: () => 0,
});

export const viewOp = <A extends readonly unknown[], P extends Params>(
  entry: Op<A, P, never>,
): ViewOp<A, P> => ({ ...entry, view: true });

export const listOp = <A extends readonly unknown[], P extends Params>(
  entry: Op<A, P, never>,
): ListOp<A, P> => ({ ...entry, list: true, view: true });

export const selectOp = <A extends readonly unknown[], P extends Params, R extends string>(
  entry: Draft<A, P, R>,
): SelectOp<A, P, R> => ({ ...op(entry), oneAlone: true });
