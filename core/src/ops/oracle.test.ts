/** Every op of the table: ONNX Runtime and plain TypeScript give the same, and infer knows the type. */
import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { GraphBuilder, infoShape } from "../onnx/builder.ts";
import { encode } from "../onnx/encode.ts";
import { printGraph } from "../onnx/print.ts";
import { toHost, toRuntime } from "../run/values.ts";
import type { DType } from "../tensor/dtype.ts";
import { type Host, valueAt } from "../tensor/host.ts";
import { type Dim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { samples } from "./samples/all.test.ts";
import type { Sample } from "./samples/tensors.test.ts";
import type { Op } from "./spec.ts";
import { table } from "./table.ts";

const runs = Number(process.env.ORACLE_RUNS ?? 30);

describe.each(
  Object.entries(table as unknown as Record<string, Op & { host?: true }>).filter(([, entry]) => !entry.host),
)("%s", (name, entry) => {
  const sample = samples[name];
  test("has a sample", () => expect(sample).toBeDefined());
  if (sample === undefined) return;

  test("ONNX Runtime and TypeScript agree", async () => {
    await fc.assert(
      fc.asyncProperty(sample, async (given) => {
        const { operands, params } = entry.call(...given.args);
        const inputs = operands as unknown as Host[];
        const expected = [entry.evaluate(inputs, params)].flat() as Host[];
        await agree(
          entry,
          inputs,
          params,
          inputs.map((x) => x && typeOf(x)),
          expected,
          given,
        );
        if (given.sized) return;
        const open = inputs.map((x, i) => x && opened(x, i, given.keep ?? 0));
        await agree(entry, inputs, params, open, expected, given);
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);
});

const typeOf = ({ dtype, shape }: Host): Type => ({ dtype, shape });

/** The type with names instead of sizes, but for the last `keep` dimensions. */
const opened = ({ dtype, shape }: Host, input: number, keep: number): Type => ({
  dtype,
  shape: shape.map((size, i): Dim => (i >= shape.length - keep ? size : { name: `x${input}_${i}` })),
});

async function agree(
  entry: Op,
  inputs: readonly Host[],
  params: object,
  types: readonly Type[],
  expected: readonly Host[],
  { tolerance = 2e-5, args }: Sample,
): Promise<void> {
  const builder = new GraphBuilder();
  const names = inputs.map((x, i) => (x ? builder.input(`x${i}`, x.dtype, infoShape(types[i]!.shape)) : ""));
  const results = [entry.lower(builder, names, params as never, types)].flat() as string[];
  const inferred = [entry.infer(types, params as never)].flat() as Type[];
  for (const [i, result] of results.entries())
    builder.output(
      result,
      inferred[i]!.dtype,
      inferred[i]!.shape.map(() => null),
    );
  const graph = builder.graph();
  const what = () =>
    `${inputs.map((x) => x && `${printType(x)} ${x.data}`).join(" | ")}\n${JSON.stringify(params)}\n${printGraph(graph)}`;
  expect(results.length).toBe(expected.length);
  const found = await run(encode(graph), builder, inputs, results).catch((error: Error) => {
    throw new Error(`${error.message}\n${what()}`);
  });
  for (const [i, want] of expected.entries()) {
    const got = found[i]!;
    expect(inferred[i]!.dtype, what()).toBe(want.dtype);
    expect(got.dtype, what()).toBe(want.dtype);
    expect(got.shape, what()).toEqual([...want.shape]);
    expect(
      inferred[i]!.shape.map((dim, d) => sizeOfDim(dim) ?? want.shape[d]),
      what(),
    ).toEqual([...want.shape]);
    const bad = firstDifference(got, want, tolerance);
    if (bad >= 0)
      throw new Error(`at ${bad}: ${got.data[bad]} is not ${want.data[bad]}\n${what()}\n${args.length}`);
  }
}

async function run(
  bytes: Uint8Array,
  builder: GraphBuilder,
  inputs: readonly Host[],
  results: readonly string[],
): Promise<Host[]> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, x] of inputs.entries()) if (x) feeds[`x${i}`] = toRuntime(x);
  for (const [name, value] of builder.feeds) feeds[name] = toRuntime(value);
  const out = await session.run(feeds);
  await session.release();
  return results.map((name) => toHost(out[name]!));
}

/** Relative steps between neighbours: results may be rounded to either. */
const steps: Partial<Record<DType, number>> = { float16: 2 ** -10, bfloat16: 2 ** -7 };

function firstDifference(got: Host, want: Host, given: number): number {
  const tolerance = Math.max(given, steps[want.dtype] ?? 0);
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [valueAt(got, i), valueAt(want, i)];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (typeof a === "bigint" || typeof b === "bigint") return i;
    if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)))) return i;
  }
  return -1;
}
