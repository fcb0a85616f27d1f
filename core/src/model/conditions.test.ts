/** Conditions on values of the run (api.md §2, §3 rules 4 and 6; seeds S10 to S13). */
import "../../../tests/core/every-program.ts";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { close, input, net, one, tiny } from "../../goldens/tiny.ts";
import { log, ops, resetContexts, type Tensor, tensor } from "../index.ts";

beforeEach(() => resetContexts());

const unset = (x: Tensor): void => expect(() => x.toArray()).toThrow("Accessing value before it's been set.");
const bias = net.layer2.bias!.unsqueeze(0);

test("S10: exactly one of two opposite conditions runs, drawn anew each time", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    lines.mockClear();
    await tiny.trace(input, (tracer) => {
      const number = ops.randint(-10, 10, [1]).mod(2);
      tracer.cond(number.eq(0), () => log("even"));
      tracer.cond(number.eq(1), () => log("odd"));
    });
    expect(lines.mock.calls.length).toBe(1);
    seen.add(String(lines.mock.calls[0]![0]));
  }
  lines.mockRestore();
  expect([...seen].sort()).toEqual(["even", "odd"]);
});

test("S11: a condition of several values is refused with its node and the user's line", async () => {
  await expect(
    tiny.trace(input, (tracer) => {
      const l1 = tiny.layer1.output;
      tracer.cond(l1.ne(1), () => log("never"));
    }),
  ).rejects.toThrow(
    /^Boolean value of Tensor with more than one value is ambiguous\n\nAbove exception when execution Node: 'ne_0' in Graph: '\d+'\nThe condition at conditions\.test\.ts:\d+:\d+ is no single value/,
  );
});

test("S12, S13: all() of it works; conditions nest", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  await tiny.trace(input, (tracer) => {
    tracer.cond(ops.all(tiny.layer1.output.ne(1)), () => {
      log("outer");
      tracer.cond(tiny.layer1.output.sum().gt(1e6), () => log("inner, never"));
      tracer.cond(tiny.layer1.output.sum().lt(1e6), () => log("inner"));
    });
  });
  expect(lines.mock.calls.flat()).toEqual(["outer", "inner"]);
  lines.mockRestore();
});

describe.each([
  [true, "taken"],
  [false, "not taken"],
] as const)("a branch on %s", (value, _taken) => {
  const holds = (): Tensor => (value ? tiny.layer1.output.sum().lt(1e6) : tiny.layer1.output.sum().gt(1e6));

  test.each([
    ["a value of the run", holds],
    ["a plain value", () => value],
    ["a concrete tensor", () => tensor(value)],
  ] as const)("by %s: writes and saves follow it", async (_, condition) => {
    {
      await using tracer = tiny.trace(input);
      {
        using branch = tracer.cond(condition());
        tiny.layer1.output.fill(0);
        var inside = tiny.layer1.output.save();
        expect(branch).toBeDefined();
      }
      var after = tiny.layer1.output.save();
      var two = tiny.layer2.output.save();
    }
    if (value) expect(inside.abs().sum().item()).toBe(0);
    else unset(inside);
    close(after, value ? one.mul(0) : one);
    close(two, value ? bias : net(input));
  });

  test("else is the other one, in both forms", async () => {
    const { given, wrote } = await tiny.trace(input, (tracer) => {
      const given = tracer.cond(
        holds(),
        () => tiny.layer1.output.add(1),
        () => tiny.layer1.output.sub(1),
      );
      {
        using branch = tracer.cond(holds());
        tiny.layer1.output.fill(1);
        expect(branch).toBeDefined();
      }
      {
        using branch = tracer.else();
        tiny.layer1.output.fill(2);
        expect(branch).toBeDefined();
      }
      return { given, wrote: tiny.layer1.output };
    });
    close(given, value ? one.add(1) : one.sub(1));
    close(wrote, one.mul(0).add(value ? 1 : 2));
  });

  test("a handle that is rebound holds the merge", async () => {
    const x = await tiny.trace(input, (tracer) => {
      const x = tiny.layer1.output.clone();
      tracer.cond(holds(), () => void x.fill(7));
      return x.add(1);
    });
    close(x, value ? one.mul(0).add(8) : one.add(1));
  });
});

test("an edit in one condition changes what the next ones test", async () => {
  const out = await tiny.trace(input, (tracer) => {
    const two = tiny.layer2.output;
    tracer.cond(true, () => void tiny.layer1.output.fill(1));
    tracer.cond(tiny.layer1.output.sum().eq(99), () => void tiny.layer1.output.fill(2));
    tracer.cond(tiny.layer1.output.sum().eq(10), () => void tiny.layer1.output.fill(3));
    return { one: tiny.layer1.output, two };
  });
  expect(out.one.toArray()).toEqual([Array(10).fill(3)]);
  close(out.two, net.layer2(tensor([Array(10).fill(3)])));
});

test("a value of a branch used outside it is unset when the branch is not taken; the rest is there", async () => {
  const { outside, other } = await tiny.trace(input, (tracer) => {
    const made = tracer.cond(tiny.layer1.output.sum().gt(1e6), () => tiny.layer1.output.mul(2));
    return { outside: made.add(1), other: tiny.layer2.output };
  });
  unset(outside);
  close(other, net(input));
});

test("a saved handle that is written in a branch keeps its last value", async () => {
  const x = await tiny.trace(input, (tracer) => {
    const x = tiny.layer1.output.clone().save();
    tracer.cond(true, () => tracer.cond(true, () => void x.mul_(0)));
    return x;
  });
  expect(x.abs().sum().item()).toBe(0);
});

describe("what is refused", () => {
  test("a condition on a later value that guards an earlier write", async () => {
    await expect(
      tiny.trace(input, (tracer) => {
        tracer.cond(tiny.layer2.output.sum().gt(0), () => {
          tiny.layer1.output = tensor([Array(10).fill(0)]);
        });
      }),
    ).rejects.toThrow("the condition on layer2.output is made after layer1.output in the run of the model");
  });

  test("else without a cond, an async branch, branches of different forms, await", async () => {
    await expect(tiny.trace(input, (tracer) => void tracer.else())).rejects.toThrow(
      "else() stands directly after a cond",
    );
    await expect(tiny.trace(input, (tracer) => void tracer.cond(true, async () => 1))).rejects.toThrow(
      "the callback of cond is async",
    );
    await expect(
      tiny.trace(
        input,
        (tracer) =>
          void tracer.cond<unknown, unknown>(
            true,
            () => tiny.layer1.output,
            () => 1,
          ),
      ),
    ).rejects.toThrow("the two branches of a cond give values of different forms");
    await expect(
      tiny.trace(input, (tracer) => void tracer.cond(true, () => tiny.layer1.output.stop())),
    ).rejects.toThrow("stop() inside a condition is not possible");
    await expect(
      tiny.trace(input, (tracer) => void tracer.iter([1], () => tiny.layer1.output.stop())),
    ).rejects.toThrow("stop() inside a loop is not possible");
  });
});
