/** What `module.source` is to its user. */
import type { Tensor } from "../trace/tensor.ts";
import type { Inputs } from "./types.ts";

/** One step of a module's forward: an op, or the call of a module in it. */
export interface Operation {
  /** What it is called in the source, with the number of its turn among those of its name: `softmax_0`. */
  readonly name: string;
  /** The op, the operator of an ONNX file, or the class of the module that is called. */
  readonly kind: string;
  /** The sizes of its first result; names of axes where they are open. */
  readonly shape: readonly (number | string)[];
  /** The file and line at which it was written, or the name of the node in an ONNX file. */
  readonly where: string;
  readonly path: string;
  /** The first operand. Assigning changes what this operation sees, and nothing else. */
  input: Tensor;
  /** All operands: `[args, kwargs]`. */
  inputs: Inputs;
  /** What it gave: a tensor, or an array where it gives several. */
  // biome-ignore lint/suspicious/noExplicitAny: each operation has a form of its own
  output: any;
  /** The operations inside, of the call of a module. @throws AttributeError for a single op */
  readonly source: Source;
  /** The operation is not run: its output is this value. */
  skip(value: Tensor): void;
}

/** The operations of a forward in their order, and by name. */
export type Source = { readonly [name: string]: Operation } & Iterable<Operation>;
