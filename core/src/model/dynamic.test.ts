/** Values of which only the run tells what they are: every op, Python's methods, complex numbers. */
import { expect, test } from "vitest";
import * as nnsight from "../index.ts";
import { type Dynamic, NNsight, nn, ops, type Tensor, tensor, type Value } from "../index.ts";

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const input = ops.rand([1, 5]);
const close = (a: Tensor, b: Tensor): void => expect(a.sub(b).abs().max().item()).toBeLessThan(1e-5);

test("an item that is a tensor has its ops, its regions and its sizes; results go into modules", async () => {
  const rows = [tensor([[1, 2, 3, 4, 5]]), tensor([[5, 4, 3, 2, 1]])];
  const { soft, first, shapes, out } = await tiny.session((s) => {
    const soft = s.list();
    const first = s.list();
    const shapes = s.list();
    const out = s.iter(rows, (row) => {
      soft.append(row.softmax(-1));
      first.append(row[0]![0]);
      shapes.append(row.shape);
      return s.trace(tiny, input, () => {
        tiny.layer1.input = row.mul(2);
        return tiny.layer1.output;
      });
    });
    return { soft, first, shapes, out };
  });
  for (const [i, row] of rows.entries()) {
    close((soft as Tensor[])[i]!, row.softmax(-1));
    expect((first as Tensor[])[i]!.item()).toBe(row.at(0, 0).item());
    close(out[i]!, net.layer1.forward(row.mul(2)));
  }
  expect(shapes).toEqual([
    [1, 5],
    [1, 5],
  ]);
});

test("writing into what an item holds gives it a new tensor; the list keeps the old one", async () => {
  const row = tensor([[1, 2, 3, 4, 5]]);
  const seen = await tiny.session((s) =>
    s.iter([row], (item) => {
      item.set([":", 0], 9);
      item.add_(1);
      return item;
    }),
  );
  expect(seen[0].toArray()).toEqual([[10, 3, 4, 5, 6]]);
  expect(row.toArray()).toEqual([[1, 2, 3, 4, 5]]);
});

test("ops with several results give them by name and in order", async () => {
  const row = tensor([3, 1, 2]);
  const [seen] = await tiny.session((s) =>
    s.iter([row], (item) => {
      const [values, places] = item.topk(2);
      return [item.sort(-1).values, item.sort(-1).indices, values, places, item.max(-1).values, item.max()];
    }),
  );
  expect(seen!.map((one) => one!.toArray())).toEqual([[1, 2, 3], [1, 2, 0], [3, 2], [0, 2], 3, 3]);
});

test("a tensor and a number of the run in one op, in both orders, and as an index", async () => {
  const { scaled, place } = await tiny.trace(input, (tr) => {
    const two = tr.int(2);
    return {
      scaled: tiny.layer1.output.mul(two as unknown as number),
      place: tiny.layer1.output.at(0, two as never),
    };
  });
  close(scaled as Tensor, net.layer1.forward(input).mul(2));
  close(place as Tensor, net.layer1.forward(input).at(0, 2));
});

test("what a module cannot take is an error with the user's line", async () => {
  await expect(
    tiny.trace(input, (tr) => {
      tiny.layer1.output = tr.str("text") as never;
      return tiny.output;
    }),
  ).rejects.toThrow(
    /layer1\.output takes a tensor, but the value written at dynamic\.test\.ts:\d+:\d+ is a string/,
  );
  await expect(
    tiny.trace(input, (tr) => {
      tiny.layer1.output = tr.apply(() => tensor([1, 2, 3])) as never;
      return tiny.output;
    }),
  ).rejects.toThrow("layer1.output is float32[batch=1, 10], but float32[3] was written at dynamic.test.ts");
});

test("Python's methods of lists, dicts, sets and texts", async () => {
  const found = await tiny.session((s) => {
    const list = s.list([3, 1]);
    list.append(2);
    list.extend([5, 4]);
    list.insert(0, 9);
    const popped = list.pop();
    list.remove(9);
    list.sortItems();
    const dict = s.dict({ a: 1 });
    dict.set("b", 2);
    const set = s.set([1]);
    set.add(2);
    set.add(2);
    set.discard(1);
    return {
      list,
      popped,
      at: list.indexOf(3),
      has: list.contains(7),
      keys: dict.keys(),
      missing: dict.get("c", "none"),
      made: dict.setDefault("d", 4),
      items: dict.items(),
      set,
      both: set.union([5]),
      text: s.str(" A b ").strip().lower(),
      joined: s.str("-").join(["x", "y"]),
      length: list.length,
    };
  });
  expect(found).toEqual({
    list: [1, 2, 3, 5],
    popped: 4,
    at: 2,
    has: false,
    keys: ["a", "b"],
    missing: "none",
    made: 4,
    items: [
      ["a", 1],
      ["b", 2],
      ["d", 4],
    ],
    set: new Set([2]),
    both: new Set([2, 5]),
    text: "a b",
    joined: "x-y",
    length: 4,
  });
  await expect(tiny.session((s) => s.int(3).keys())).rejects.toThrow("'keys': it is one of dicts");
  await expect(tiny.session((s) => s.list([1]).remove(2))).rejects.toThrow("2 is not in the list");
});

test("complex numbers as Python computes and prints them", async () => {
  const found = await tiny.session((s) => {
    const z = s.complex(1, 2);
    const text = (value: Value): Value => s.apply(String, value as never);
    return [z.add(1), z.mul(z), z.div(s.complex(0, 1)), z.pow(2), z.conjugate(), z.eq(s.complex(1, 2))].map(
      text,
    );
  });
  // Python: 1+2j + 1, (1+2j)**2, (1+2j)/1j, (1+2j)**2, conjugate, ==
  expect(found).toEqual(["(2+2j)", "(-3+4j)", "(2-1j)", "(-3+4j)", "(1-2j)", "true"]);
});

test("a value that was not made says so, and members of one that was are gone through", async () => {
  const kept = await tiny.session((s) => ({ list: s.list([1, 2]).save() }));
  expect([...kept.list]).toEqual([1, 2]);
  let lost: Value | undefined;
  await tiny
    .session((s) => {
      lost = s.list([1]);
      expect(() => [...lost!]).toThrow("tracer.iter");
    })
    .catch((error) => expect(String(error)).toContain("tracer.iter"));
  expect(() => lost!.value).toThrow();
});

test("what the run has made is read as what it is, and given to the next trace", async () => {
  let kept!: Value<Tensor>;
  let list!: Value<unknown[]>;
  {
    await using _ = tiny.trace(input);
    kept = nnsight.apply((x: Tensor) => x.mul(2), tiny.layer1.input).save() as never;
    list = nnsight.list().save();
    list.extend([1, "two"]);
  }
  const made = kept as unknown as Tensor;
  const twice = input.mul(2);
  expect([made.shape, made.dtype, made.ndim, made.size]).toEqual([[1, 5], "float32", 2, 5]);
  expect(made.toArray()).toEqual(twice.toArray());
  expect([...made.data]).toEqual([...twice.data]);
  expect(made.at(0, 1).item()).toBe(twice.at(0, 1).item());
  expect([list.length, list.get(0), list.get(1), list.indexOf("two")]).toEqual([2, 1, "two", 1]);
  expect(JSON.parse(JSON.stringify({ made, list }))).toEqual({ made: twice.toArray(), list: [1, "two"] });
  close(await tiny.trace(made, () => tiny.layer1.output), net.layer1.forward(twice));
});

test("a value of which only the run tells what it is ends the forward, and is filled by draws", async () => {
  const { before, after, drawn } = await tiny.trace(input, () => {
    const made = nnsight.apply((x: Tensor) => x.mul(2), tiny.layer1.output);
    const drawn = nnsight.apply((x: Tensor) => x.mul(0), tiny.layer1.output) as Dynamic;
    drawn.uniform_(1, 2);
    const after = tiny.layer2.output;
    made.stop();
    return { before: made, after, drawn };
  });
  close(before, net.layer1.forward(input).mul(2));
  expect(Number(drawn.min().item())).toBeGreaterThanOrEqual(1);
  expect(() => after.item()).toThrow("Accessing value before it's been set.");
});

test("built-ins outside every context are refused", () => {
  expect(() => nnsight.list()).toThrow("Global ops cannot be used outside of a tracing context");
});
