/** Values that are no tensors (seeds S3, S4, S7, S13, S19; NNsight's tests 3-TI12, 3-TI13). */
import "../../../tests/core/every-program.ts";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { input, one, tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { ops, resetContexts, type Tensor, tensor } from "../index.ts";

beforeEach(() => resetContexts());

/** What console.log was given while `run` ran. */
async function logged(run: () => PromiseLike<unknown>): Promise<string[]> {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await run();
    return lines.mock.calls.map((call) => String(call[0]));
  } finally {
    lines.mockRestore();
  }
}

describe("built-ins", () => {
  test("S3: numbers, lists and dicts, with lazy members", async () => {
    {
      await using tracer = tiny.trace(input);
      var num = nnsight.int(5).save();
      var l = nnsight.list().save();
      l.append(num);
      var d = nnsight.dict({ five: num }).save();
      expect(tracer).toBeDefined();
    }
    expect([num.value, l.value, d.value]).toEqual([5, [5], { five: 5 }]);
    expect([String(num), String(l), String(d)]).toEqual(["5", "[5]", "{'five': 5}"]);
    const together = await tiny.trace(input, () => {
      const num = nnsight.int(5);
      const l = nnsight.list([num, 6]);
      return { num, l, d: nnsight.dict({ five: num, inside: { l } }) };
    });
    expect(together).toEqual({ num: 5, l: [5, 6], d: { five: 5, inside: { l: [5, 6] } } });
  });

  test("S4: update gives a name a new value", async () => {
    const s = await tiny.trace(input, () => {
      const s = nnsight.str("I am a ").save();
      s.update(s.add("Transformer"));
      return s;
    });
    expect(s).toBe("I am a Transformer");
  });

  test("a list is new at each run, and its changes come in the order of writing whatever their time", async () => {
    const run = () =>
      tiny.trace(input, () => {
        const list = nnsight.list();
        list.append(tiny.layer2.output.mul(0).sum());
        list.append("second");
        list.append(tiny.layer1.output.mul(0).add(3).max());
        nnsight.log(list);
        return list;
      });
    const lines = await logged(run);
    expect(lines).toEqual(["[tensor(0.), 'second', tensor(3.)]"]);
    const list = (await run()) as [Tensor, string, Tensor];
    expect([list.length, list[0].item(), list[1], list[2].item()]).toEqual([3, 0, "second", 3]);
  });

  test("Python's operators, and members", async () => {
    const out = await tiny.trace(input, () => ({
      mod: nnsight.int(-1).mod(2),
      floor: nnsight.int(-7).floorDivide(2),
      text: nnsight.str("ab").mul(3),
      joined: nnsight.list([1]).add(nnsight.list([2])),
      same: nnsight.list([1, 2]).eq(nnsight.list([1, 2])),
      last: nnsight.list([1, 2, 3]).get(-1),
      part: nnsight.dict({ a: 1 }).get("a"),
    }));
    expect(out).toEqual({ mod: 1, floor: -4, text: "ababab", joined: [1, 2], same: true, last: 3, part: 1 });
  });

  test("in branches", async () => {
    const out = await tiny.trace(input, (tracer) => {
      const list = nnsight.list();
      const name = nnsight.str("before");
      tracer.cond(tiny.layer1.output.sum().gt(1e6), () => {
        list.append("never");
        name.update(nnsight.str("never"));
      });
      tracer.cond(nnsight.int(3).gt(2), () => {
        list.append("taken");
        name.update(nnsight.str("after"));
      });
      list.append("always");
      return {
        list,
        name,
        chosen: tracer.cond(
          false,
          () => nnsight.int(1),
          () => nnsight.int(2),
        ),
      };
    });
    expect(out).toEqual({ list: ["taken", "always"], name: "after", chosen: 2 });
  });
});

describe("apply", () => {
  test("S7: a function gets concrete tensors, beside recorded operations", async () => {
    const sumOf = (t: Tensor): Tensor => {
      let total = 0;
      for (const element of t.flatten()) total += element.item();
      return tensor(total);
    };
    const { custom, sum } = await tiny.trace(input, () => ({
      custom: nnsight.apply(sumOf, tiny.layer1.output),
      sum: tiny.layer1.output.sum(),
    }));
    expect(custom.item()).toBeCloseTo(sum.item(), 3);
  });

  test("S13: its result decides", async () => {
    const lines = await logged(() =>
      tiny.trace(input, (tracer) => {
        const six = tracer.apply(Number, 6);
        tracer.cond(six.gt(0), () => {
          tracer.cond(six.mod(2).eq(0), () => tracer.log("Rand Int ", six, " is Positive and Even"));
        });
      }),
    );
    expect(lines).toEqual(["Rand Int  6  is Positive and Even"]);
  });

  test("tensors anywhere in its arguments; its error is the user's", async () => {
    const out = await tiny.trace(input, () =>
      nnsight.apply(
        (parts: { list: Tensor[]; n: number }) => parts.list.map((x) => x.shape.concat(parts.n)),
        {
          list: [tiny.layer1.output, tiny.layer2.output],
          n: 7,
        },
      ),
    );
    expect(out).toEqual([
      [1, 10, 7],
      [1, 10, 7],
    ]);
    await expect(
      tiny.trace(input, () => {
        nnsight.apply(() => {
          throw new RangeError("mine");
        });
      }),
    ).rejects.toThrow(
      /^mine\n\nAbove exception when execution Node: 'apply_0' in Graph: '\d+'\nIt was written at values\.test\.ts:\d+:\d+\.$/,
    );
  });

  test("not run behind a stop", async () => {
    const calls: string[] = [];
    await tiny.trace(input, () => {
      nnsight.apply((_: Tensor) => calls.push("first"), tiny.layer1.output);
      nnsight.apply((_: Tensor) => calls.push("second"), tiny.layer2.output);
      tiny.layer1.output.stop();
    });
    expect(calls).toEqual(["first"]);
  });
});

test("an op on a list of values that only the run knows", async () => {
  const [joined, both] = await tiny
    .session((s) => s.iter([input], (item) => [ops.cat([item, item], 0), ops.stack([item, input])] as const))
    .then(([turn]) => turn!);
  expect([joined.shape, both.shape]).toEqual([
    [2, 5],
    [2, 1, 5],
  ]);
  expect(ops.cat([joined, joined]).shape).toEqual([4, 5]);
});

describe("in sessions", () => {
  test("S19: what stands between traces runs in order; exit drops the rest", async () => {
    let list: nnsight.Value<unknown[]> | undefined;
    const lines = await logged(() =>
      tiny.session((s) => {
        list = nnsight.list().save();
        list.append(0);
        list.append(1);
        nnsight.log("-- Early Stop --");
        s.exit();
        list.append(2);
      }),
    );
    expect(lines).toEqual(["-- Early Stop --"]);
    expect(list!.value).toEqual([0, 1]);
  });

  test("a list of the session takes values of its traces", async () => {
    const list = await tiny.session((s) => {
      const list = nnsight.list();
      for (const factor of [1, 2])
        s.trace(tiny, input, () => {
          list.append(tiny.layer1.output.mul(factor));
        });
      return list;
    });
    expect(
      (list as Tensor[]).map(
        (x, i) =>
          x
            .sub(one.mul(i + 1))
            .abs()
            .max()
            .item() < 1e-5,
      ),
    ).toEqual([true, true]);
  });
});

test("what is refused", async () => {
  expect(() => nnsight.list()).toThrow("Global ops cannot be used outside of a tracing context");
  await expect(tiny.trace(input, () => void nnsight.int(1).add("a"))).rejects.toThrow(
    "add takes numbers here; it was given number and string",
  );
  await expect(tiny.trace(input, () => void nnsight.int(1).div(0))).rejects.toThrow("division by zero");
  let kept: nnsight.Value<number> | undefined;
  await tiny.trace(input, () => {
    kept = nnsight.int(5);
    expect(() => kept!.value).toThrow("It is there when its trace has run");
  });
  expect(() => kept!.value).toThrow("It was not saved in the trace opened at values.test.ts");
});
