/** Values of new parameters. */
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { Tensor } from "../trace/tensor.ts";

const filled = (shape: readonly number[], data: Float32Array): Tensor =>
  new Tensor({ dtype: "float32", shape, data });

/** Drawn from U(−bound, bound) by the default generator. */
export const uniformParameter = (shape: readonly number[], bound: number): Tensor =>
  filled(shape, defaultGenerator.uniform(sizeOf(shape), -bound, bound));

/** Drawn from the standard normal distribution. */
export const normalParameter = (shape: readonly number[]): Tensor =>
  filled(shape, defaultGenerator.normal(sizeOf(shape)));

export const onesParameter = (shape: readonly number[]): Tensor =>
  filled(shape, new Float32Array(sizeOf(shape)).fill(1));

export const zerosParameter = (shape: readonly number[]): Tensor =>
  filled(shape, new Float32Array(sizeOf(shape)));

/** Zeros that take no memory until somebody looks: for parameters that are loaded afterwards. */
export function unfilled(shape: readonly number[]): Tensor {
  let data: Host["data"] | undefined;
  return new Tensor({
    dtype: "float32",
    shape,
    get data() {
      return (data ??= allocate("float32", sizeOf(shape)));
    },
  });
}
