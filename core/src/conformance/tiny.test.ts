/** NNsight's own tests of two layers: test_tiny.py of 0.3.7 (3-TI…) and of 0.4.11 (4-TI…). */
import { beforeEach, describe, expect, test } from "vitest";
import { reference, unset } from "../../goldens/conformance.ts";
import { close, input, input2, net, one, tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { manualSeed, openContexts, ops, resetContexts, type Tensor, tensor } from "../index.ts";

beforeEach(() => resetContexts());

const filled = (value: number): Tensor => ops.full([1, 10], value);

test("3-TI01: the output of the second layer is saved", async () => {
  {
    await using _ = tiny.trace(input, { scan: true, validate: true });
    var hidden = tiny.layer2.output.save();
  }
  close(hidden, net(input));
});

describe("stops", () => {
  test("3-TI04: the first of two saves is set, the second is not", async () => {
    {
      await using _ = tiny.trace(input);
      var first = tiny.layer1.output.save();
      var second = tiny.layer2.output.save();
      tiny.layer1.output.stop();
    }
    close(first, one);
    unset(second);
  });

  test("4-TI03: tracer.stop() between two saves", async () => {
    const { first, second } = await tiny.trace(input, (tracer) => {
      const first = tiny.layer1.output;
      tracer.stop();
      return { first, second: tiny.layer2.output };
    });
    close(first, one);
    unset(second);
  });

  test("tracer.stop() is after all that was read before it, in whatever order", async () => {
    const { second, first, output } = await tiny.trace(input, (tracer) => {
      const second = tiny.layer2.input;
      const first = tiny.layer1.output;
      tracer.stop();
      return { second, first, output: tiny.output };
    });
    close(first, one);
    close(second, one);
    unset(output);
  });

  test("3-TI15: what was read and not saved has no value after a stop", async () => {
    {
      await using _ = tiny.trace(input);
      var read = tiny.layer1.output;
      read.stop();
    }
    expect(() => read.data).toThrow("It was not saved");
  });

  test("4-TI01: a loop over batches, each with a trace that stops at layer 1", async () => {
    function* batches(): Generator<Tensor> {
      yield input;
      yield input2;
      yield input.mul(2);
    }
    let reached = 0;
    const list = await tiny.session((s) => {
      const list = nnsight.list();
      s.iter(batches(), (batch) => {
        tiny.trace(batch, () => {
          list.append(tiny.layer1.output);
          nnsight.apply((_: Tensor) => reached++, tiny.layer2.output);
          tiny.layer1.output.stop();
        });
      });
      return list;
    });
    expect([list.length, reached]).toEqual([3, 0]);
    for (const [i, batch] of [...batches()].entries()) close(list[i] as Tensor, net.layer1(batch));
  });
});

describe("conditions", () => {
  test("3-TI05: on a plain true, writes and saves inside are made", async () => {
    {
      await using tracer = tiny.trace(input);
      using _ = tracer.cond(true);
      tiny.layer1.output.fill(1);
      var inside = tiny.layer1.output.save();
    }
    close(inside, filled(1));
  });

  test("3-TI06: on a plain false, a save inside is unset; one after the block is set", async () => {
    {
      await using tracer = tiny.trace(input);
      {
        using _ = tracer.cond(false);
        tiny.layer1.output.fill(1);
        var inside = tiny.layer1.output.save();
      }
      var after = tiny.layer1.output.save();
    }
    unset(inside);
    close(after, one);
  });

  test("3-TI07: on a comparison that is false at the run", async () => {
    {
      await using tracer = tiny.trace(input);
      const hidden = tiny.layer1.output;
      using _ = tracer.cond(ops.all(hidden.sum().gt(1e6)));
      tiny.layer1.output.fill(1);
      var inside = tiny.layer1.output.save();
    }
    unset(inside);
  });

  test("3-TI08: an edit under the first decides the next two; layer 2 was read before them", async () => {
    {
      await using tracer = tiny.trace(input);
      const two = tiny.layer2.input;
      {
        using _ = tracer.cond(true);
        tiny.layer1.output.fill(1);
      }
      {
        using _ = tracer.cond(ops.all(tiny.layer1.output.eq(5)));
        tiny.layer1.output.fill(2);
      }
      {
        using _ = tracer.cond(ops.all(tiny.layer1.output.eq(1)));
        tiny.layer1.output.fill(3);
      }
      var seen = two.save();
      var out = tiny.layer2.output.save();
    }
    close(seen, filled(3));
    close(out, net.layer2(filled(3)));
  });

  test.each([
    [true, true],
    [true, false],
    [false, true],
  ])("3-TI09: %s in %s: both must hold", async (outer, inner) => {
    const asked = [tensor(outer), tensor(inner)] as const;
    {
      await using tracer = tiny.trace(input);
      using _ = tracer.cond(asked[0]);
      tiny.layer1.output.fill(1);
      var first = tiny.layer1.output.save();
      using __ = tracer.cond(asked[1]);
      tiny.layer1.output.fill(2);
      var second = tiny.layer1.output.save();
    }
    const given = await tiny.trace(input, (tracer) => {
      tracer.cond(outer, () => {
        tiny.layer1.output.fill(1);
        tracer.cond(inner, () => void tiny.layer1.output.fill(2));
      });
      return tiny.layer1.output;
    });
    if (outer) close(first, filled(1));
    else unset(first);
    if (outer && inner) close(second, filled(2));
    else unset(second);
    close(given, outer ? filled(inner ? 2 : 1) : one);
  });
});

describe("sessions", () => {
  test("3-TI10: a condition around a whole trace, in block form", async () => {
    {
      await using s = tiny.session();
      using _ = s.cond(true);
      using __ = tiny.trace(input);
      var out = tiny.output.save();
    }
    close(out, net(input));
  });

  test("3-TI12: a number of the session fills an output of a trace", async () => {
    const out = await tiny.session((s) => {
      const zero = s.apply(Number, 0);
      return s.trace(tiny, input, () => {
        tiny.layer1.output.fill(zero as unknown as Tensor);
        return tiny.layer1.output;
      });
    });
    close(out, filled(0));
  });

  test("4-TI04, 3-TI14: leaving a loop, then the session, in block form", async () => {
    {
      await using s = tiny.session();
      var list = s.list().save();
      {
        using loop = s.iter([0, 1, 2, 3]);
        {
          using _ = loop.cond(loop.item.eq(3));
          loop.exit();
        }
        list.append(loop.item);
      }
      list.append(5);
      s.exit();
      list.append(6);
    }
    expect(list.value).toEqual([0, 1, 2, 5]);
    expect(openContexts()).toEqual([]);
  });

  test("3-TI17: a loop over the outer item", async () => {
    {
      await using s = tiny.session();
      const items = nnsight.list();
      for (const n of [0, 1, 2]) items.append([n]);
      var found = nnsight.list().save();
      using outer = s.iter(items);
      using inner = s.iter(outer.item);
      found.append(inner.item);
    }
    expect(found.value).toEqual([0, 1, 2]);
  });

  test("3-TI18, 4-TI05: three ways to make a list, and a loop that fills each of them", async () => {
    const lists = await tiny.session((s) => {
      const lists = [nnsight.list(), s.list(), s.apply(() => [] as unknown[])];
      s.iter(lists, (list) => {
        list.append(nnsight.int(1));
        list.append("Hello World");
        list.append(nnsight.dict({ a: "1" }));
      });
      return lists;
    });
    expect(lists).toEqual(Array(3).fill([1, "Hello World", { a: "1" }]));
  });
});

describe("3-TI19: new tensors whose sizes only the run knows", () => {
  const make: Record<string, (n: number) => Tensor> = {
    rand: (n) => ops.rand([n]),
    randint: (n) => ops.randint(0, 5, [n]),
    randn: (n) => ops.randn([n]),
    randperm: (n) => ops.randperm(n),
    arange: (n) => ops.arange(n),
    eye: (n) => ops.eye(n),
    full: (n) => ops.full([n], 2),
    linspace: (n) => ops.linspace(0, 1, n),
    logspace: (n) => ops.logspace(0, 1, n),
    ones: (n) => ops.ones([n]),
    zeros: (n) => ops.zeros(n),
  };

  test("3-TI19: the numbers are PyTorch's", async () => {
    manualSeed(423);
    for (const [name, at] of Object.entries(make)) {
      const made = await tiny.trace(input, () => at(tiny.layer1.output.mul(0).sum().add(3).item()));
      const { shape, values } = reference.factories[name]!;
      expect(made.shape, name).toEqual(shape);
      for (const [i, value] of values.entries())
        expect(Math.abs(Number(made.data[i]) - value), name).toBeLessThan(1e-5);
    }
  });

  test("3-TI19: empty has its shape, and a session gives sizes to a trace", async () => {
    const [empty, used] = await tiny.session((s) => {
      const n = s.apply(Number, 10) as unknown as number;
      return s.trace(tiny, input, () => [ops.empty([2, n]), tiny.layer1.output.add(ops.ones(n))] as const);
    });
    expect(empty.shape).toEqual([2, 10]);
    close(used, one.add(1));
  });
});
