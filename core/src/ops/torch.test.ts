/** Ops give what PyTorch and einops give. */
import { expect, test } from "vitest";
import golden from "../../goldens/ops.json" with { type: "json" };
import type { DType } from "../tensor/dtype.ts";
import { allocate, type Host, numberAt, storing } from "../tensor/host.ts";
import { applyOp } from "../trace/apply.ts";
import { opNamed } from "./named.ts";
import type { OpName } from "./table.ts";

interface Packed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

const numberOf = (value: number | string): number =>
  typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));

function host({ dtype, shape, values }: Packed): Host {
  const data = allocate(dtype as DType, values.length);
  const store = storing(dtype as DType);
  for (const [i, value] of values.entries()) data[i] = store(numberOf(value));
  return { dtype: dtype as DType, shape, data };
}

const given = (arg: unknown): unknown => {
  if (arg === "-inf") return -Infinity;
  return typeof arg === "object" && arg !== null && "tensor" in arg ? host(arg.tensor as Packed) : arg;
};

const steps: Readonly<Record<string, number>> = { float16: 2 ** -10, bfloat16: 2 ** -7 };

test.each(golden.cases.map((one, i) => [i, one.op, one] as const))("%i %s", (_, name, { args, results }) => {
  const entry = opNamed(name as OpName);
  const { operands, params } = entry.call(...(args as unknown[]).map(given));
  const found = applyOp(name as OpName, operands as unknown as Host[], params) as Host[];
  const wanted = results as readonly Packed[];
  expect(found.map(({ dtype, shape }) => [dtype, [...shape]])).toEqual(
    wanted.map(({ dtype, shape }) => [dtype, shape]),
  );
  for (const [k, { values, dtype }] of wanted.entries())
    for (const [i, value] of values.entries()) {
      const [a, b] = [numberAt(found[k]!, i), numberOf(value)];
      if (Object.is(a, b) || a === b) continue;
      expect(Math.abs(a - b), `${a} is not ${b} at ${i}`).toBeLessThanOrEqual(
        (steps[dtype] ?? 1e-5) * Math.max(1, Math.abs(b)),
      );
    }
});
