/** Gradients of every op of the table, through the ONNX operators that it is made of, against finite differences. */
import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { GraphBuilder, infoShape } from "../../onnx/builder.ts";
import { encode } from "../../onnx/encode.ts";
import { printGraph } from "../../onnx/print.ts";
import { samples } from "../../ops/samples/all.test.ts";
import type { Sample } from "../../ops/samples/tensors.test.ts";
import type { Op } from "../../ops/spec.ts";
import { table } from "../../ops/table.ts";
import { toHost, toRuntime } from "../../run/values.ts";
import { cast, type Host, sizeOf } from "../../tensor/host.ts";
import type { Dim, Type } from "../../tensor/type.ts";
import { differentiate } from "./differentiate.ts";

const runs = Number(process.env.ORACLE_RUNS ?? 15);

const entries = Object.entries(table as unknown as Record<string, Op & { host?: true }>).filter(
  ([, entry]) => !entry.host,
);

describe.each(entries)("%s", (name, entry) => {
  test("the gradient is the slope", async () => {
    await fc.assert(
      fc.asyncProperty(samples[name]!, async (sample) => {
        const { operands, params } = entry.call(...sample.args);
        const inputs = (operands as unknown as (Host | undefined)[]).map((x, i) => x && apart(x, i));
        if (inputs.some((x) => x && !["float32", "int64", "bool"].includes(x.dtype))) return;
        // Beside what is infinite a step is too small to be seen.
        if (inputs.some((x) => x?.dtype === "float32" && !(x.data as Float32Array).every(Number.isFinite)))
          return;
        const floats = inputs.flatMap((x, i) => (x?.dtype === "float32" && x.data.length ? [i] : []));
        const made = [entry.evaluate(inputs as Host[], params)].flat() as Host[];
        if (!floats.length || !made.some(({ dtype, data }) => dtype === "float32" && data.length)) return;
        await slopes(entry, inputs, params, floats, made, sample);
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);
});

test("an operator whose gradient is not known is named", () => {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", [1, 1, 4]);
  const y = builder.node("LpPool", [x], { kernel_shape: [2] });
  expect(() => differentiate(builder, new Map([[y, [y]]]), [x], "float32")).toThrow(
    "no gradient is known for the ONNX operator LpPool.",
  );
});

/** Without ties, where a slope has two sides. */
function apart(x: Host, input: number): Host {
  if (x.dtype !== "float32") return x;
  const data = Float32Array.from(
    x.data as Float32Array,
    (v, i) => v + 0.031 * Math.sin(1 + 3.7 * i + 11 * input),
  );
  return { ...x, data };
}

async function slopes(
  entry: Op,
  inputs: readonly (Host | undefined)[],
  params: object,
  floats: readonly number[],
  made: readonly Host[],
  sample: Sample,
): Promise<void> {
  for (const open of sample.sized ? [false] : [false, true]) {
    const types = inputs.map((x, i) => x && (open ? opened(x, i, sample.keep ?? 0) : typeOf(x)));
    const { grads, what } = await gradients(entry, inputs, types, params, floats, made);
    for (const [i, place] of floats.entries())
      for (const at of picks(inputs[place]!.data.length)) {
        const slope = slopeAt(entry, inputs, params, place, at);
        const found = Number(grads[i]?.data[at] ?? 0);
        if (slope === undefined || !Number.isFinite(found)) continue;
        if (Math.abs(found - slope) > 2e-3 * Math.max(1, Math.abs(slope)))
          throw new Error(`input ${place} at ${at}: ${found} is not ${slope}\n${what()}`);
      }
  }
}

const picks = (n: number): number[] =>
  n <= 10 ? [...Array(n).keys()] : Array.from({ length: 10 }, (_, i) => (i * 7919) % n);

const typeOf = ({ dtype, shape }: Host): Type => ({ dtype, shape });

const opened = ({ dtype, shape }: Host, input: number, keep: number): Type => ({
  dtype,
  shape: shape.map((size, i): Dim => (i >= shape.length - keep ? size : { name: `x${input}_${i}` })),
});

/** What each place of a result counts for in the sum that is differentiated. */
const weight = (result: number, at: number): number => Math.fround(Math.cos(1 + 2.3 * at + 5 * result));

/** By central differences in double precision; nothing where two distances do not agree. */
function slopeAt(
  entry: Op,
  inputs: readonly (Host | undefined)[],
  params: object,
  place: number,
  at: number,
): number | undefined {
  const value = (step: number): number => {
    const moved = inputs.map((x, i) => {
      if (x?.dtype !== "float32") return x;
      const wide = cast(x, "float64");
      const data = Float64Array.from(wide.data as Float64Array);
      if (i === place) data[at]! += step;
      return { ...wide, data };
    });
    const results = [entry.evaluate(moved as Host[], params as never)].flat() as Host[];
    let sum = 0;
    for (const [r, { dtype, data }] of results.entries())
      if (dtype.startsWith("float"))
        for (let i = 0; i < data.length; i++) sum += weight(r, i) * Number(data[i]);
    return sum;
  };
  const slope = (step: number): number => (value(step) - value(-step)) / (2 * step);
  const [near, far] = [slope(1e-5), slope(4e-5)];
  return Math.abs(near - far) <= 1e-4 * Math.max(1, Math.abs(near)) ? near : undefined;
}

async function gradients(
  entry: Op,
  inputs: readonly (Host | undefined)[],
  types: readonly (Type | undefined)[],
  params: object,
  floats: readonly number[],
  made: readonly Host[],
): Promise<{ grads: (Host | undefined)[]; what: () => string }> {
  const builder = new GraphBuilder();
  const names = inputs.map((x, i) => {
    if (!x) return "";
    const name = builder.input(`x${i}`, x.dtype, infoShape(types[i]!.shape));
    builder.types.set(name, types[i]!);
    return name;
  });
  const results = [entry.lower(builder, names, params as never, types as Type[])].flat() as string[];
  const given = new Map<string, string[]>();
  for (const [r, { dtype, shape }] of made.entries()) {
    if (dtype !== "float32") continue;
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => weight(r, i));
    const list = given.get(results[r]!) ?? [];
    given.set(results[r]!, [...list, builder.data({ dtype, shape, data })]);
  }
  const wanted = floats.map((i) => names[i]!);
  const grads = differentiate(builder, given, wanted, "float32");
  const outputs = wanted.map((name) => {
    const grad = grads.get(name);
    if (grad === undefined) return undefined;
    const own = builder.node("Identity", [grad]);
    builder.output(
      own,
      "float32",
      inputs[names.indexOf(name)]!.shape.map(() => null),
    );
    return own;
  });
  const what = () =>
    `${JSON.stringify(params)} ${inputs.map((x) => x && `[${x.shape}]`)}\n${printGraph(builder.graph())}`;
  if (outputs.every((one) => one === undefined)) return { grads: [], what };
  const out = await run(builder, inputs).catch((error: Error) => {
    throw new Error(`${error.message}\n${what()}`);
  });
  return {
    grads: outputs.map((name, i) => {
      if (name === undefined) return undefined;
      const host = toHost(out[name]!);
      expect(host.shape, what()).toEqual([...inputs[floats[i]!]!.shape]);
      return host;
    }),
    what,
  };
}

async function run(builder: GraphBuilder, inputs: readonly (Host | undefined)[]) {
  const session = await ort.InferenceSession.create(encode(builder.graph()), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, x] of inputs.entries()) if (x) feeds[`x${i}`] = toRuntime(x);
  for (const [name, value] of builder.feeds) feeds[name] = toRuntime(value);
  const out = await session.run(feeds);
  await session.release();
  return out;
}
