/** S21 to S26: recorded loops, in the form that `model/loops.test.ts` does not show. */
import { beforeEach, expect, test } from "vitest";
import { printed } from "../../goldens/conformance.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { resetContexts } from "../index.ts";

beforeEach(() => resetContexts());

test("S21: a lazy list or a plain array, item by item, in block form", async () => {
  const lines = await printed(async () => {
    await using s = tiny.session();
    const list = nnsight.list();
    for (const n of [0, 1, 2]) list.append(n);
    {
      using loop = s.iter(list);
      nnsight.log(loop.item);
    }
    using loop = s.iter([0, 1, 2]);
    loop.log(loop.item);
  });
  expect(lines).toEqual(["0", "1", "2", "0", "1", "2"]);
});

test("S22: a loop over each of five lists of one, in block form", async () => {
  {
    await using s = tiny.session();
    var list = nnsight.list().save();
    using outer = s.iter(nnsight.list(Array(5).fill([10])));
    using inner = s.iter(outer.item);
    list.append(inner.item);
  }
  expect(list.value).toEqual([10, 10, 10, 10, 10]);
});

test("S23: a condition of the iterator skips turns, in block form", async () => {
  const lines = await printed(async () => {
    await using s = tiny.session();
    using loop = s.iter([0, 1, 2, 3]);
    using _ = loop.cond(loop.item.mod(2).eq(0));
    nnsight.log(loop.item);
  });
  expect(lines).toEqual(["0", "2"]);
});

test("S24: an exit under a condition ends the loop, in block form", async () => {
  const lines = await printed(async () => {
    await using s = tiny.session();
    using loop = s.iter([0, 1, 2, 3]);
    {
      using _ = loop.cond(loop.item.eq(2));
      loop.exit();
    }
    nnsight.log(loop.item);
  });
  expect(lines).toEqual(["0", "1"]);
});

test("S25: empty traces in a loop, in block form", async () => {
  const lines = await printed(async () => {
    await using s = tiny.session();
    using _ = s.iter([0, 1, 2]);
    {
      using _ = tiny.trace(input);
    }
    {
      using _ = tiny.trace(input);
    }
  });
  expect(lines).toEqual([]);
});

test("S26: an inner loop over the outer item, in callback form", async () => {
  const list = await tiny.session((s) => {
    const [items, found] = [nnsight.list(), nnsight.list()];
    for (const n of [0, 1, 2]) items.append([n]);
    s.iter(items, (item) => {
      s.iter(item, (inner) => found.append(inner));
    });
    return found;
  });
  expect(list).toEqual([0, 1, 2]);
});
