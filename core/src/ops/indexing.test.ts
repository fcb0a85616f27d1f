/** Reading and writing by lists, tensors and masks is PyTorch's, in plain TypeScript and in ONNX Runtime. */
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import golden from "../../goldens/indexing.json" with { type: "json" };
import { GraphBuilder, infoShape } from "../onnx/builder.ts";
import { encode } from "../onnx/encode.ts";
import { toHost, toRuntime } from "../run/values.ts";
import type { DType } from "../tensor/dtype.ts";
import { allocate, type Host, numberAt, sizeOf, storing } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { operand } from "./samples/tensors.test.ts";
import type { Op, Params } from "./spec.ts";
import { table } from "./table.ts";

const host = (values: unknown, dtype: DType): Host => {
  const shape: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat = [values].flat(9) as (number | boolean)[];
  const data = allocate(dtype, flat.length);
  for (const [i, value] of flat.entries()) data[i] = storing(dtype)(Number(value));
  return { dtype, shape, data };
};

const counted = (shape: readonly number[], step = 1, first = 0): Host => ({
  dtype: "float32",
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => first + i * step),
});

async function run(entry: Op, inputs: readonly Host[], params: Params, open: boolean): Promise<Host> {
  const builder = new GraphBuilder();
  const types = inputs.map(
    ({ dtype, shape }, i): Type => ({
      dtype,
      shape: shape.map((size, d) => (open ? { name: `x${i}_${d}` } : size)),
    }),
  );
  const names = inputs.map((x, i) => builder.input(`x${i}`, x.dtype, infoShape(types[i]!.shape)));
  const made = entry.lower(builder, names, params, types) as string;
  builder.output(
    made,
    inputs[0]!.dtype,
    (entry.infer(types, params) as Type).shape.map(() => null),
  );
  const session = await ort.InferenceSession.create(encode(builder.graph()), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, x] of inputs.entries()) feeds[`x${i}`] = toRuntime(x);
  for (const [name, value] of builder.feeds) feeds[name] = toRuntime(value);
  const out = await session.run(feeds);
  await session.release();
  return toHost(out[made]!);
}

const numbers = (x: Host) => Array.from({ length: x.data.length }, (_, i) => numberAt(x, i));

describe("as PyTorch", () => {
  test.each(golden.cases.map((one) => [one.shape.join(), JSON.stringify(one.indices), one] as const))(
    "x[%s] at %s",
    async (_, __, { shape, indices, read, filled, written, row }) => {
      const x = counted(shape);
      const given = (indices as unknown[]).map((index) =>
        typeof index === "object" && index !== null && "tensor" in index
          ? operand(host(index.tensor, (index as unknown as { dtype: DType }).dtype))
          : (index as number),
      );
      const call = table.getitem.call(operand(x), ...given);
      const operands = call.operands as unknown as Host[];
      const tensors = operands.slice(1);
      const part = table.getitem.evaluate(operands, call.params) as Host;
      expect([part.shape, numbers(part)]).toEqual([read.shape, read.values]);
      for (const open of [false, true]) {
        const found = await run(table.getitem, operands, call.params, open);
        expect([found.shape, numbers(found)]).toEqual([read.shape, read.values]);
      }
      const values: [Host, number[] | null][] = [
        [host(-1, "float32"), filled],
        [counted(read.shape, -1, -1), written],
        [counted(read.shape.slice(-1), -1, -1), row],
      ];
      for (const [value, want] of values) {
        if (want === null) continue;
        const inputs = [x, value, ...tensors];
        expect(numbers(table.setitem.evaluate(inputs, call.params) as Host)).toEqual(want);
        expect(numbers(await run(table.setitem, inputs, call.params, true))).toEqual(want);
      }
    },
  );
});

describe("refused", () => {
  const x = counted([3, 4]);
  const errorOf = (...given: unknown[]): string => {
    try {
      const { operands, params } = table.getitem.call(operand(x), ...(given as number[]));
      table.getitem.infer(operands as unknown as Host[], params);
      table.getitem.evaluate(operands as unknown as Host[], params);
      return "nothing";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };

  test("places outside, masks of other sizes, what is no index", () => {
    expect([
      errorOf([0, 3]),
      errorOf(0, [-5]),
      errorOf(operand(host([1, 3], "int64"))),
      errorOf(operand(host(4, "int64"))),
      errorOf([true, false]),
      errorOf(operand(host([true, false], "bool"))),
      errorOf(operand(host([1, 2], "uint8"))),
      errorOf(operand(host([1.5], "float32"))),
      errorOf([0, 1], [0, 1, 2]),
      errorOf([[0, 1], [2]]),
      errorOf([0, true]),
      errorOf([0.5]),
      errorOf([0], [0], [0]),
    ]).toMatchInlineSnapshot(`
      [
        "IndexError: index 3 is out of bounds for dimension 0 with size 3 of float32[3, 4]",
        "IndexError: index -5 is out of bounds for dimension 1 with size 4 of float32[3, 4]",
        "IndexError: index 3 is out of bounds for dimension 0 with size 3 of float32[3, 4]",
        "IndexError: index 4 is out of bounds for dimension 0 with size 3 of float32[3, 4]",
        "IndexError: the mask has 2 places along its dimension 0, and dimension 0 of float32[3, 4] has 3",
        "IndexError: the mask has 2 places along its dimension 0, and dimension 0 of float32[3, 4] has 3",
        "IndexError: uint8[2] cannot be an index: use .long() of positions, or a mask with dimensions (.bool())",
        "IndexError: float32[1] cannot be an index: use .long() of positions, or a mask with dimensions (.bool())",
        "ShapeError: shapes [2] and [3] do not broadcast: 2 meets 3 in dimension 0",
        "TypeError: [[0,1],[2]] cannot be an index: a list holds whole numbers or booleans, and each of its levels has one length",
        "TypeError: [0,true] cannot be an index: a list holds whole numbers or booleans, and each of its levels has one length",
        "TypeError: [0.5] cannot be an index: a list holds whole numbers or booleans, and each of its levels has one length",
        "IndexError: too many indices for tensor of dimension 2: [[0], [0], [0]]",
      ]
    `);
  });
});
