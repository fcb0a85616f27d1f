/** Recorded loops: the iter of the two documents, in sessions and in traces, and what bodies change. */
import "../../../tests/core/every-program.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as nnsight from "../index.ts";
import { NNsight, nn, ops, Tensor, tensor, type Value } from "../index.ts";

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const input = ops.rand([1, 5]);
const lines: unknown[] = [];

beforeEach(() => void vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line)));
afterEach(() => {
  vi.restoreAllMocks();
  lines.length = 0;
  expect(nnsight.openContexts()).toEqual([]);
});

const close = (a: Tensor, b: Tensor): void => expect(a.sub(b).abs().max().item()).toBeLessThan(1e-5);

/** `[0], [1], [2]` as the documents make it. */
function nested(): Value<unknown[]> {
  const list = nnsight.list();
  for (const n of [0, 1, 2]) list.append([n]);
  return list;
}

test("S21: a loop over a lazy list logs each item", async () => {
  await tiny.session((s) => {
    const items = nnsight.list();
    for (const n of [0, 1, 2]) items.append(n);
    s.iter(items, (item) => nnsight.log(item));
  });
  expect(lines).toEqual(["0", "1", "2"]);
});

test("S22, S26: loops nest, the inner one over the outer item, in both forms", async () => {
  const results = await tiny.session((s) => {
    const found = s.list();
    s.iter(
      [0, 1, 2, 3, 4].map(() => [10]),
      (item) => {
        s.iter(item, (inner) => found.append(inner));
      },
    );
    return found;
  });
  expect(results).toEqual([10, 10, 10, 10, 10]);
  let found: Value<unknown[]>;
  {
    await using s = tiny.session();
    found = nnsight.list().save();
    using outer = s.iter(nested());
    using inner = s.iter(outer.item);
    found.append(inner.item);
  }
  expect(found.value).toEqual([0, 1, 2]);
});

test("S23, S24: a condition on the item, and an exit", async () => {
  await tiny.session((s) => {
    s.iter([0, 1, 2], (item, iterator) => {
      iterator.cond(item.mod(2).eq(0), () => iterator.log(item));
    });
  });
  expect(lines.splice(0)).toEqual(["0", "2"]);
  await tiny.session((s) => {
    s.iter([0, 1, 2, 3], (item, iterator) => {
      iterator.cond(item.eq(2), () => iterator.exit());
      s.log(item);
    });
    s.log("after");
  });
  expect(lines).toEqual(["0", "1", "after"]);
});

test("S25: empty traces in a loop", async () => {
  await tiny.session((s) => {
    s.iter([0, 1, 2], () => {
      tiny.trace(input, () => undefined);
      tiny.trace(input, () => undefined);
    });
  });
  expect(lines).toEqual([]);
});

test("a trace in a loop takes its input from the item; the list holds each turn, a save the last one", async () => {
  const rows = [1, 2, 3].map((n) => tensor([[n, 0, 0, 0, 0]]));
  const { all, list, last } = await tiny.session((s) => {
    const list = nnsight.list();
    let last: Tensor | undefined;
    const all = s.iter(rows, (row) =>
      s.trace(tiny, row, () => {
        list.append(tiny.output);
        last = tiny.layer1.output.save();
        return { out: tiny.output };
      }),
    );
    return { all, list, last: last! };
  });
  for (const [i, row] of rows.entries()) {
    close(all[i]!.out, net.forward(row));
    close((list as Tensor[])[i]!, net.forward(row));
  }
  expect([all.length, list.length]).toEqual([3, 3]);
  close(last, net.layer1.forward(rows[2]!));
});

test("what only the run knows is written into a region, of one prompt among several, too", async () => {
  const all = await tiny.trace((tracer) => {
    tracer.invoke(input, () => tiny.layer1.output);
    return tracer.invoke(input, () => {
      tracer.iter([1, 2], (item) => void tiny.layer1.output.set([":", 0], item.mul(10)));
      return tiny.layer1.output;
    });
  });
  const first = net.layer1.forward(input).clone();
  first.set([":", 0], 20);
  close(all, first);
});

test("what a turn does not reach is undefined in the list of the turns", async () => {
  const list = await tiny.session((s) =>
    s.iter([0, 1], (item, iterator) => {
      let inner: Value | undefined;
      iterator.cond(item.eq(1), () => {
        inner = nnsight.int(5);
      });
      let never: Tensor | undefined;
      s.iter([], () => {
        never = s.trace(tiny, input, () => tiny.output);
      });
      return { item, inner, never: never! };
    }),
  );
  expect(list).toEqual([
    { item: 0, inner: undefined, never: undefined },
    { item: 1, inner: 5, never: undefined },
  ]);
});

test("3-TI13: a running sum by update, in a loop, in the session and in a trace", async () => {
  const sum = await tiny.session((s) => {
    const sum = nnsight.int(0);
    s.iter([0, 1, 2], (item) => void sum.update(sum.add(item)));
    sum.update(sum.add(4));
    tiny.trace(input, () => void sum.update(sum.add(3)));
    return sum.mul(2);
  });
  expect(sum).toBe(20);
});

test("3-TI14: exit of a loop leaves that loop, exit of the session everything after it", async () => {
  const list = await tiny.session((s) => {
    const list = s.list();
    s.iter([0, 1, 2, 3], (item, iterator) => {
      iterator.cond(item.eq(3), () => iterator.exit());
      list.append(item);
    });
    list.append(5);
    s.exit();
    list.append(6);
    return list;
  });
  expect(list).toEqual([0, 1, 2, 5]);
});

test("an exit of the session or of an outer loop from within; variables keep what they held there", async () => {
  const { seen, sum } = await tiny.session((s) => {
    const seen = s.list();
    const sum = s.int(0);
    s.iter([1, 2, 3], (a, outer) => {
      s.iter([10, 20], (b, inner) => {
        sum.update(sum.add(b));
        inner.cond(a.add(b).eq(22), () => outer.exit());
        seen.append(a.add(b));
      });
    });
    sum.update(sum.add(0));
    return { seen, sum };
  });
  expect(seen).toEqual([11, 21, 12]);
  expect(sum).toBe(60);
  const before = await tiny.session((s) => {
    const seen = s.list();
    s.iter([1, 2], (a) => {
      s.iter([10, 20], (b, inner) => {
        inner.cond(b.eq(20), () => s.exit());
        seen.append(a.add(b));
      });
    });
    seen.append("never");
    return seen;
  });
  expect(before).toEqual([11]);
});

test("3-TI10, 3-TI11: conditions around traces, in a session and in a loop", async () => {
  const { list, out, no } = await tiny.session((s) => {
    let out: Tensor | undefined;
    let no: Tensor | undefined;
    s.cond(true, () => {
      out = s.trace(tiny, input, () => tiny.output);
    });
    s.cond(false, () => {
      no = s.trace(tiny, input, () => tiny.output);
    });
    const list = s.list();
    s.iter([0, 1, 2], (item, iterator) => {
      iterator.cond(item.mod(2).eq(0), () => {
        tiny.trace(input, () => list.append(item));
      });
    });
    return { list, out: out!, no: no! };
  });
  expect(list).toEqual([0, 2]);
  close(out, net.forward(input));
  expect(() => no.toArray()).toThrow("Accessing value before it's been set.");
});

test("what a branch around a trace changes is merged after it", async () => {
  for (const taken of [true, false]) {
    const x = await tiny.session((s) => {
      const x = s.trace(tiny, input, () => tiny.layer1.output);
      s.cond(taken, () => {
        s.trace(tiny, input, () => void x.update(tiny.layer1.output.mul(3)));
      });
      return x.add(1);
    });
    const plain = net.layer1.forward(input);
    expect(
      x
        .sub(plain.mul(taken ? 3 : 1).add(1))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-6);
  }
});

test("in a trace: a loop reads modules, its writes accumulate, and the next module sees the last", async () => {
  const { h, out } = await tiny.trace(input, (tr) => {
    tr.iter([2, 3], (factor) => {
      tiny.layer1.output.mul_(factor as unknown as Tensor);
      tiny.layer1.output.at(0, 0).fill(7);
    });
    return { h: tiny.layer1.output, out: tiny.output };
  });
  const expected = net.layer1.forward(input).mul(6);
  expected.at(0, 0).fill(7);
  expect(h.sub(expected).abs().max().item()).toBeLessThan(1e-6);
  expect(out.sub(net.layer2.forward(expected)).abs().max().item()).toBeLessThan(1e-5);
});

test("in a trace: a list is changed in order before, in and after a loop, whatever the time of its items", async () => {
  const list = await tiny.trace(input, (tr) => {
    const list = tr.list();
    list.append(tiny.layer2.output.sum().gt(-1e9));
    tr.iter([1, 2], (item) => list.append(item));
    list.append("end");
    return list;
  });
  expect((list as unknown[]).map((x) => (x instanceof Tensor ? x.item() : x))).toEqual([true, 1, 2, "end"]);
});

test("in a trace: what a later module makes cannot be written earlier by way of a loop", async () => {
  await expect(
    tiny.trace(input, (tr) => {
      tr.iter([1], () => {
        tiny.layer1.output.add_(tiny.layer2.output);
      });
    }),
  ).rejects.toThrow("layer2.output is made after layer1.output");
});

test("a loop within the rows of an invoke changes only them", async () => {
  const [a, b] = [ops.rand([1, 5]), ops.rand([1, 5])];
  const both = await tiny.trace((tr) => {
    tr.invoke(a, () => void tr.iter([1, 2, 3], () => void tiny.layer1.output.add_(1)));
    tr.invoke(b, () => undefined);
    return tr.invoke(() => tiny.layer1.output);
  });
  const expected = ops.cat([net.layer1.forward(a).add(3), net.layer1.forward(b)]);
  expect(both.sub(expected).abs().max().item()).toBeLessThan(1e-5);
});

test("a loop without turns leaves variables alone and its values unset", async () => {
  const { sum, list, inner } = await tiny.session((s) => {
    const sum = s.int(1);
    let inner: Value<number> | undefined;
    const list = s.iter([] as number[], (item) => {
      inner = nnsight.int(item).save();
      sum.update(sum.add(item));
      return item;
    });
    return { sum, list, inner: inner! };
  });
  expect(sum).toBe(1);
  expect(list).toEqual([]);
  expect(() => (inner as unknown as Value).value).toThrow("Accessing value before it's been set.");
});

test("items: sets, generators, tensors, dicts' keys; what has none is an error with the line", async () => {
  function* numbers(): Generator<number> {
    yield 4;
    yield 5;
  }
  const seen = await tiny.session((s) => {
    const seen = s.list();
    s.iter(new Set([1, 2]), (x) => seen.append(x));
    s.iter(numbers(), (x) => seen.append(x));
    s.iter(tensor([6, 7]), (x) => seen.append(x.item()));
    s.iter(nnsight.dict({ a: 1 }), (x) => seen.append(x));
    s.iter([nnsight.int(8), 9], (x) => seen.append(x));
    return seen;
  });
  expect(seen).toEqual([1, 2, 4, 5, 6, 7, "a", 8, 9]);
  await expect(tiny.session((s) => s.iter(nnsight.int(3), () => undefined))).rejects.toThrow(
    /the loop at loops\.test\.ts:\d+:\d+ goes through a number, which has no items/,
  );
});

test("one graph, executed many times: the body is written once, and random draws are new in each turn", async () => {
  let written = 0;
  const draws = await tiny.session((s) =>
    s.iter([0, 1, 2, 3], () => {
      written++;
      return ops.rand([2]);
    }),
  );
  expect(written).toBe(1);
  expect(new Set(draws.map((draw) => String(draw.toArray()))).size).toBe(4);
});

test("a value of an earlier turn, or of the last one, is used after the loop", async () => {
  const { last, sum } = await tiny.session((s) => {
    const total = s.apply(() => tensor([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]));
    let last: Tensor | undefined;
    s.iter([1, 2, 3], (n) => {
      last = s.trace(tiny, input, () => tiny.layer1.output.mul(n));
      total.update(total.add(last));
    });
    return { last: last!.mul(10), sum: total };
  });
  const one = net.layer1.forward(input);
  expect((last as Tensor).sub(one.mul(30)).abs().max().item()).toBeLessThan(1e-5);
  expect((sum as Tensor).sub(one.mul(6)).abs().max().item()).toBeLessThan(1e-5);
});

test("what a turn raises stops the session with the user's line; earlier traces keep their values", async () => {
  const s = tiny.session();
  const first = s.trace(tiny, input, () => tiny.output.save());
  s.iter([1, 0], (n) =>
    s.apply((x: number) => {
      if (x === 0) throw new RangeError("zero");
      return x;
    }, n),
  );
  await expect(s.close()).rejects.toThrow("zero");
  expect(first.shape).toEqual([1, 10]);
});

test("an exit where it cannot be", async () => {
  await expect(
    tiny.session((s) => void s.iter([1], (_, it) => void tiny.trace(input, () => it.exit()))),
  ).rejects.toThrow("Early exit is only supported for sequential graph-based contexts");
  let late: { exit(): void } | undefined;
  await tiny.session((s) => void s.iter([1], (_, it) => void (late = it)));
  expect(() => late!.exit()).toThrow("exit() belongs inside the loop");
});

test("a concrete tensor that a body changes, and a variable that grows, are errors", async () => {
  const counts = tensor([0]);
  await expect(tiny.session((s) => s.iter([1, 2], () => void counts.add_(1)))).rejects.toThrow(
    "a concrete tensor is changed in the body of a loop",
  );
  await expect(
    tiny.session((s) => {
      const grown = s.trace(tiny, input, () => tiny.output);
      s.iter([1, 2], () => void grown.update(ops.cat([grown, grown])));
    }),
  ).rejects.toThrow(/float32\[batch=1, 10\] before a turn and float32\[2, 10\] after it/);
});
