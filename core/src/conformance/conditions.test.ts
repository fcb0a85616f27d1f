/** S10 to S13: conditions, each in callback and in block form. */
import { beforeEach, expect, test } from "vitest";
import { printed } from "../../goldens/conformance.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import { log, manualSeed, ops, RuntimeError, resetContexts } from "../index.ts";

beforeEach(() => resetContexts());

test("S10: a random integer drawn in the trace is even or odd, drawn anew each time, and -1 is odd", async () => {
  manualSeed(1);
  const callback = () =>
    tiny.trace(input, (tracer) => {
      const number = ops.randint(-10, 10, [1]).item();
      tracer.cond(number.mod(2).eq(0), () => tracer.log("Random Integer ", number, " is Even"));
      tracer.cond(number.mod(2).eq(1), () => tracer.log("Random Integer ", number, " is Odd"));
    });
  const block = async () => {
    await using tracer = tiny.trace(input);
    const number = ops.randint(-10, 10, [1]).item();
    {
      using _ = tracer.cond(number.mod(2).eq(0));
      tracer.log("Random Integer ", number, " is Even");
    }
    {
      using _ = tracer.cond(number.mod(2).eq(1));
      tracer.log("Random Integer ", number, " is Odd");
    }
  };
  const seen = new Set<number>();
  for (let i = 0; i < 30; i++) {
    const lines = await printed(i % 2 ? callback : block);
    expect(lines.length).toBe(1);
    const [, number, kind] = lines[0]!.match(/^Random Integer {2}(-?\d+) {2}is (Even|Odd)$/)!;
    expect(kind).toBe(Number(number) % 2 ? "Odd" : "Even");
    seen.add(Number(number));
  }
  expect(seen.size).toBeGreaterThan(8);
  expect(seen).toContain(-1);
});

test("S10: a condition on one number gives a value of the branch that is taken", async () => {
  const { number, kind } = await tiny.trace(input, (tracer) => {
    const number = ops.randint(-10, 10, [1]).item();
    const kind = tracer.cond(
      number.mod(2).eq(0),
      () => tracer.str("even"),
      () => tracer.str("odd"),
    );
    return { number, kind };
  });
  expect(kind).toBe(number % 2 ? "odd" : "even");
});

test("S11: a condition of ten values names its node, its graph and the user's line, in both forms", async () => {
  const callback = tiny.trace(input, (tracer) => {
    tracer.cond(tiny.layer1.output.ne(1), () => log("never"));
  });
  const block = async () => {
    await using tracer = tiny.trace(input);
    using _ = tracer.cond(tiny.layer1.output.ne(1));
    log("never");
  };
  const lines = await printed(async () => {
    for (const run of [callback, block()]) {
      const error = await run.then(
        () => undefined,
        (raised: unknown) => raised as Error,
      );
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error!.message).toMatch(
        /^Boolean value of Tensor with more than one value is ambiguous\n\nAbove exception when execution Node: 'ne_0' in Graph: '\d+'\n.*conditions\.test\.ts:\d+:\d+/,
      );
    }
  });
  expect(lines).toEqual([]);
});

test("S12: all() of the ten values decides, in both forms", async () => {
  const lines = await printed(async () => {
    await tiny.trace(input, (tracer) => {
      tracer.cond(ops.all(tiny.layer1.output.ne(1)), () => tracer.apply(console.log, "Condition is True"));
    });
    await using tracer = tiny.trace(input);
    using _ = tracer.cond(ops.all(tiny.layer1.output.ne(1)));
    tracer.apply(console.log, "Condition is True");
  });
  expect(lines).toEqual(["Condition is True", "Condition is True"]);
});

test("S13: conditions nest on a number made by apply, in both forms", async () => {
  const lines = await printed(async () => {
    for (const given of [6, 5, -6])
      await tiny.trace(input, (tracer) => {
        const number = tracer.apply(Number, given);
        tracer.cond(number.gt(0), () => {
          tracer.cond(number.mod(2).eq(0), () => tracer.log("Rand Int ", number, " is Positive and Even"));
        });
      });
    await using tracer = tiny.trace(input);
    const number = tracer.apply(Number, 6);
    using _ = tracer.cond(number.gt(0));
    using __ = tracer.cond(number.mod(2).eq(0));
    tracer.log("Rand Int ", number, " is Positive and Even");
  });
  expect(lines).toEqual(Array(2).fill("Rand Int  6  is Positive and Even"));
});
