/** Convolutions and pools: a window that moves over the last dimensions of `[batch, channels, …]`. */
import { ShapeError } from "../base/errors.ts";
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import { type Dim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { countOf, demand, oneFloat } from "./shapes.ts";
import { op, type Value } from "./spec.ts";
import { type Window, type Windowed, windowOf, windows } from "./window.ts";

export interface ConvOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

export interface PoolOptions {
  readonly stride?: number | readonly number[] | null;
  readonly padding?: number | readonly number[];
}

/**
 * Products of x `[batch, in, length]` and weight `[out, in / groups, width]` at every place, plus bias `[out]`.
 * @example ops.conv1d(ops.ones(1, 1, 4), ops.ones(1, 1, 2)) // tensor([[[2., 2., 2.]]])
 * @see torch.nn.functional.conv1d
 */
export const conv1d = convolution("conv1d", 1);

/**
 * Products of x `[batch, in, height, width]` and weight `[out, in / groups, h, w]` at every place, plus bias `[out]`.
 * @example ops.conv2d(ops.ones(1, 1, 3, 3), ops.ones(1, 1, 2, 2)).shape // [1, 1, 2, 2]
 * @see torch.nn.functional.conv2d
 */
export const conv2d = convolution("conv2d", 2);

/**
 * The mean of each window of x `[batch, channels, length]`; zeros around it count.
 * @example ops.ones(1, 1, 4).avgPool1d(2) // tensor([[[1., 1.]]])
 * @see torch.nn.functional.avg_pool1d
 */
export const avgPool1d = pool("avgPool1d", 1, "AveragePool");

/**
 * The mean of each window of x `[batch, channels, height, width]`; zeros around it count.
 * @example ops.ones(1, 1, 4, 4).avgPool2d(2).shape // [1, 1, 2, 2]
 * @see torch.nn.functional.avg_pool2d
 */
export const avgPool2d = pool("avgPool2d", 2, "AveragePool");

/**
 * The largest of each window of x `[batch, channels, length]`.
 * @example tensor([[[1, 5, 2, 3]]]).maxPool1d(2) // tensor([[[5., 3.]]])
 * @see torch.nn.functional.max_pool1d
 */
export const maxPool1d = pool("maxPool1d", 1, "MaxPool");

/**
 * The largest of each window of x `[batch, channels, height, width]`.
 * @example ops.ones(1, 1, 4, 4).maxPool2d(2).shape // [1, 1, 2, 2]
 * @see torch.nn.functional.max_pool2d
 */
export const maxPool2d = pool("maxPool2d", 2, "MaxPool");

function convolution(name: string, rank: number) {
  const typed = (x: Type, weight: Type, bias: Type | undefined, window: Windowed, groups: number): Type => {
    const dtype = oneFloat(name, x, weight, bias);
    const [channels, given] = [sizeOfDim(x.shape[1] ?? 0), sizeOfDim(weight.shape[1] ?? 0)];
    const out = weight.shape[0];
    const fits =
      x.shape.length === rank + 2 &&
      weight.shape.length === rank + 2 &&
      (channels === undefined || given === undefined || channels === given * groups) &&
      (sizeOfDim(out!) ?? groups) % groups === 0 &&
      (!bias || (bias.shape.length === 1 && mayBe(bias.shape[0]!, out!)));
    if (fits) return { dtype, shape: [x.shape[0]!, out!, ...sized(x, kernelOf(weight), window)] };
    throw new ShapeError(
      `${name} of ${printType(x)} with weight ${printType(weight)}${bias ? ` and bias ${printType(bias)}` : ""} in ${groups} groups: ` +
        "x is [batch, in, …], weight is [out, in / groups, …], bias is [out]",
    );
  };
  return op({
    single: true,
    call: (x: Value, weight: Value, bias?: Value | null, options: ConvOptions = {}) => ({
      operands: bias === undefined || bias === null ? [x, weight] : [x, weight, bias],
      params: {
        ...windowOf(rank, options.stride ?? 1, options.padding ?? 0, options.dilation ?? 1),
        groups: options.groups ?? 1,
      },
    }),
    infer: ([x, weight, bias], { groups, ...window }) => typed(x!, weight!, bias, window, groups),
    lower: (emit, inputs, { stride, padding, dilation, groups }) =>
      emit.node("Conv", inputs, {
        strides: stride,
        pads: [...padding, ...padding],
        dilations: dilation,
        group: groups,
      }),
    evaluate: ([x, weight, bias], { groups, ...window }) => {
      const type = typed(x!, weight!, bias, window, groups);
      const [batch, out, ...places] = type.shape as number[];
      const kernel = kernelOf(weight!);
      const [channels, each] = [x!.shape[1]!, weight!.shape[1]!];
      const [area, room] = [sizeOf(kernel), sizeOf(x!.shape.slice(2))];
      const data = allocate(type.dtype, sizeOf(type.shape as number[]));
      const w: Window = { sizes: x!.shape.slice(2), places: places as number[], kernel, ...window };
      for (let b = 0; b < batch!; b++)
        for (let o = 0; o < out!; o++) {
          const group = Math.floor(o / (out! / groups));
          windows(w, (place, inside) => {
            let total = bias ? Number(bias.data[o]) : 0;
            for (const { at, tap } of inside)
              for (let c = 0; c < each; c++)
                total +=
                  Number(x!.data[(b * channels + group * each + c) * room + at]) *
                  Number(weight!.data[(o * each + c) * area + tap]);
            data[(b * out! + o) * sizeOf(places as number[]) + place] = total;
          });
        }
      return { dtype: type.dtype, shape: type.shape as number[], data };
    },
    flops: ([x, weight]) =>
      2 * countOf(x!.shape) * countOf(weight!.shape.slice(2)) * (sizeOfDim(weight!.shape[0]!) ?? 1),
  });
}

function pool(name: string, rank: number, operator: "AveragePool" | "MaxPool") {
  const typed = (x: Type, kernel: readonly number[], window: Windowed): Type => {
    demand(x, name, "float");
    if (x.shape.length === rank + 2)
      return { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...sized(x, kernel, window)] };
    throw new ShapeError(`${name} of ${printType(x)}: it takes [batch, channels, …], ${rank + 2} dimensions`);
  };
  return op({
    single: true,
    call: (x: Value, kernelSize: number | readonly number[], options: PoolOptions = {}) => {
      const { stride: kernel, ...window } = windowOf(rank, kernelSize, options.padding ?? 0, 1);
      const { stride } = windowOf(rank, options.stride ?? kernel, 0, 1);
      return { operands: [x], params: { kernel, stride, ...window } };
    },
    infer: ([x], { kernel, ...window }) => typed(x!, kernel, window),
    lower: (emit, [x], { kernel, stride, padding }) =>
      emit.node(operator, [x!], {
        kernel_shape: kernel,
        strides: stride,
        pads: [...padding, ...padding],
        ...(operator === "AveragePool" && { count_include_pad: 1 }),
      }),
    evaluate: ([x], { kernel, ...window }): Host => {
      const type = typed(x!, kernel, window);
      const places = type.shape.slice(2) as number[];
      const [rows, room, area] = [sizeOf(x!.shape.slice(0, 2)), sizeOf(x!.shape.slice(2)), sizeOf(kernel)];
      const data = allocate(type.dtype, sizeOf(type.shape as number[]));
      for (let row = 0; row < rows; row++)
        windows({ sizes: x!.shape.slice(2), places, kernel, ...window }, (place, inside) => {
          const values = inside.map(({ at }) => Number(x!.data[row * room + at]));
          const mean = values.reduce((a, b) => a + b, 0) / area;
          data[row * sizeOf(places) + place] = operator === "MaxPool" ? Math.max(...values) : mean;
        });
      return { dtype: type.dtype, shape: type.shape as number[], data };
    },
    flops: ([x]) => countOf(x!.shape),
  });
}

const mayBe = (a: Dim, b: Dim): boolean =>
  sizeOfDim(a) === undefined || sizeOfDim(b) === undefined || sizeOfDim(a) === sizeOfDim(b);

const kernelOf = (weight: Type): number[] => weight.shape.slice(2).map((dim) => sizeOfDim(dim) ?? 1);

/** How many places the window has along each dimension. */
function sized(x: Type, kernel: readonly number[], { stride, padding, dilation }: Windowed): Dim[] {
  return kernel.map((width, i) => {
    const dim = x.shape[i + 2]!;
    const n = sizeOfDim(dim);
    const reach = (width - 1) * dilation[i]! + 1;
    if (n === undefined) {
      const same = stride[i] === 1 && 2 * padding[i]! === reach - 1;
      return same ? dim : { name: `windows(${printDim(dim)}, ${[reach, stride[i], padding[i]].join(", ")})` };
    }
    const count = Math.floor((n + 2 * padding[i]! - reach) / stride[i]!) + 1;
    if (count > 0) return count;
    throw new ShapeError(`a window of ${reach} does not fit into ${n} places of ${printType(x)}`);
  });
}
