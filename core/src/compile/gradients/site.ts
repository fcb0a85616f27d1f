/** Where a gradient rule stands: one ONNX node, the gradients of its results, and the graph to write into. */
import { RuntimeError } from "../../base/errors.ts";
import type { GraphBuilder } from "../../onnx/builder.ts";
import type { OnnxNode } from "../../onnx/graph.ts";
import { number } from "../../ops/lowering.ts";
import type { Attribute } from "../../ops/spec.ts";
import { sameDim, type Type } from "../../tensor/type.ts";

/** The gradient of each input, in their order; none for those that nobody asks for. */
export type Rule = (at: Site) => readonly (string | undefined)[];

/** The dtypes in which gradients are computed. */
export type Wide = "float32" | "float64";

export class Site {
  constructor(
    readonly builder: GraphBuilder,
    readonly node: OnnxNode,
    /** Of each result; none for one that leads nowhere. */
    readonly given: readonly (string | undefined)[],
    /** Whether the gradient of an input is asked for. */
    readonly needs: readonly boolean[],
    readonly dtype: Wide,
  ) {}

  /** The gradient of the first result. */
  get g(): string {
    return this.given[0] ?? this.zeros(this.y());
  }

  x(i = 0): string {
    return this.node.inputs[i] ?? "";
  }

  y(i = 0): string {
    return this.node.outputs[i]!;
  }

  attribute<T extends Attribute>(name: string, otherwise: T): T {
    const value = this.node.attributes[name];
    return (value === undefined ? otherwise : value) as T;
  }

  float(name: string, otherwise: number): number {
    const value = this.node.attributes[name];
    return typeof value === "object" && "float" in value ? value.float : Number(value ?? otherwise);
  }

  op(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.builder.node(operator, inputs, attributes);
  }

  /** The same node on other inputs. */
  again(inputs: readonly string[]): string {
    return this.builder.node(this.node.operator, inputs, this.node.attributes, this.node.domain);
  }

  number(value: number): string {
    return number(this.builder, value, this.dtype);
  }

  ints(...values: number[]): string {
    return this.builder.ints(values);
  }

  int(value: number): string {
    return number(this.builder, value, "int64");
  }

  add(a: string, b: string): string {
    return this.op("Add", [a, b]);
  }
  sub(a: string, b: string): string {
    return this.op("Sub", [a, b]);
  }
  mul(...factors: readonly [string, ...string[]]): string {
    return factors.reduce((a, b) => this.op("Mul", [a, b]));
  }
  div(a: string, b: string): string {
    return this.op("Div", [a, b]);
  }

  shape(x: string): string {
    return this.op("Shape", [x]);
  }

  /** The size of a value along an axis, as a list of one: a constant where the type tells. */
  size(x: string, axis: number): string {
    const size = this.builder.types.get(x)?.shape[axis];
    return typeof size === "number" ? this.ints(size) : this.op("Shape", [x], { start: axis, end: axis + 1 });
  }

  /** How many axes a value has, where its type is known. */
  rank(x: string): number | undefined {
    return this.builder.types.get(x)?.shape.length;
  }

  /** `a · b · times`, either of the first two with its last two axes exchanged. */
  product(
    a: string,
    b: string,
    turned: { readonly a?: boolean; readonly b?: boolean; readonly times?: number } = {},
  ): string {
    if (this.dtype === "float64")
      throw new RuntimeError(
        "gradients of matrix products are computed in float32: convert with `.float()`.",
      );
    return this.builder.node(
      "FusedMatMul",
      [a, b],
      {
        transA: Number(turned.a ?? false),
        transB: Number(turned.b ?? false),
        alpha: { float: turned.times ?? 1 },
      },
      "com.microsoft",
    );
  }

  zeros(like: string): string {
    return this.op("Expand", [this.number(0), this.shape(like)]);
  }

  /** In the shape of another value with as many elements. */
  shaped(g: string, like: string): string {
    const [from, to] = [this.builder.types.get(g), this.builder.types.get(like)];
    const sizes = from && to && sizesFor(from, to);
    return sizes
      ? this.op("Reshape", [g, this.ints(...sizes)])
      : this.op("Reshape", [g, this.shape(like)], { allowzero: 1 });
  }

  /** Sums over what was broadcast, so that a gradient has the shape of the value that it is of. */
  sumTo(g: string, x: string, from = this.y()): string {
    const [own, whole] = [this.builder.types.get(x), this.builder.types.get(from)];
    const axes = own && whole && reducedAxes(own, whole);
    if (axes) return axes.length === 0 ? g : this.#sum(g, this.ints(...axes), x);
    const [small, large] = [this.shape(x), this.shape(g)];
    const missing = this.sub(this.shape(large), this.shape(small));
    const ones = this.op("Expand", [this.int(1), missing]);
    const padded = this.op("Concat", [ones, small], { axis: 0 });
    const single = this.op("And", [
      this.op("Equal", [padded, this.int(1)]),
      this.op("Not", [this.op("Equal", [large, this.int(1)])]),
    ]);
    return this.#sum(g, this.op("Squeeze", [this.op("NonZero", [single]), this.ints(0)]), x);
  }

  #sum(g: string, axes: string, x: string): string {
    return this.shaped(this.op("ReduceSum", [g, axes], { keepdims: 1, noop_with_empty_axes: 1 }), x);
  }

  /** Puts the gradient of what was picked out of `x` back where it was picked from: `pick` is what picked it. */
  scattered(pick: (x: string) => string): string {
    const x = this.x();
    const count = this.op("Size", [x]);
    const places = this.op("Range", [this.int(0), count, this.int(1)]);
    const picked = this.op("Reshape", [pick(this.shaped(places, x)), this.ints(-1)]);
    const zeros = this.op("Expand", [this.number(0), this.op("Reshape", [count, this.ints(1)])]);
    const flat = this.op("Reshape", [this.g, this.ints(-1)]);
    const sums = this.op("ScatterElements", [zeros, picked, flat], { axis: 0, reduction: "add" });
    return this.shaped(sums, x);
  }
}

/** What a reshape takes: the sizes that the types tell, 0 for those that stay. Nothing where that is not all. */
function sizesFor(from: Type, to: Type): number[] | undefined {
  const sizes = to.shape.map((dim, axis) => {
    const own = from.shape[axis];
    return typeof dim === "number"
      ? dim || undefined
      : own !== undefined && sameDim(own, dim)
        ? 0
        : undefined;
  });
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

/** The axes of `whole` along which `own` was repeated, when the types tell. */
function reducedAxes(own: Type, whole: Type): number[] | undefined {
  const missing = whole.shape.length - own.shape.length;
  if (missing < 0) return undefined;
  const axes: number[] = [];
  for (const [axis, dim] of whole.shape.entries()) {
    const mine = own.shape[axis - missing];
    if (axis < missing || (mine === 1 && dim !== 1)) axes.push(axis);
    else if (!sameDim(mine!, dim)) return undefined;
  }
  return axes;
}
