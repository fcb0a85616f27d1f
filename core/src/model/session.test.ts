/** Sessions (api.md §2; seeds S17, S18; NNsight's tests 3-TI03, 3-TI10). */
import "../../../tests/core/every-program.ts";
import { beforeEach, expect, test } from "vitest";
import { close, input, input2, net, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, openContexts, ops, resetContexts, session, type Tensor, tensor } from "../index.ts";

beforeEach(() => resetContexts());

test("S17: three empty traces", async () => {
  await tiny.session(() => {
    tiny.trace(input, () => undefined);
    tiny.trace(input, () => undefined);
    tiny.trace(input, () => undefined);
  });
});

test("a value of an earlier trace is used in a later one without save, in both forms", async () => {
  const { later, first } = await tiny.session((s) => {
    const hidden = s.trace(tiny, input, () => tiny.layer1.output);
    const later = s.trace(tiny, input2, () => {
      tiny.layer1.output = hidden;
      return tiny.layer2.output;
    });
    return { later, first: hidden.mul(2) };
  });
  close(later, net(input));
  close(first, net.layer1(input).mul(2));

  {
    await using s = tiny.session();
    {
      using one = tiny.trace(input);
      var hidden = tiny.layer1.output;
      expect(one).toBeDefined();
    }
    {
      using two = tiny.trace(input2);
      tiny.layer1.output.set([":", "0:5"], hidden.at(":", "0:5"));
      var mixed = tiny.layer1.output.save();
      expect(two).toBeDefined();
    }
    expect(s).toBeDefined();
  }
  close(mixed, ops.cat([net.layer1(input).at(":", ":5"), net.layer1(input2).at(":", "5:")], -1));
  expect(() => hidden.toArray()).toThrow("It was not saved");
});

test("3-TI03: a saved output of one trace is edited in the next, and the edit is seen after the session", async () => {
  {
    await using s = session();
    {
      using one = tiny.trace(input);
      var out = tiny.layer1.output.save();
      expect(one).toBeDefined();
    }
    {
      using two = tiny.trace(input);
      out.set([":", 2], 7);
      expect(two).toBeDefined();
    }
    expect(s).toBeDefined();
  }
  close(out, net.layer1(input).setitem(7, ":", 2));
});

test("values between traces, of two traces together", async () => {
  const sum = await session((s) => {
    const a = s.trace(tiny, input, () => tiny.output);
    const b = s.trace(tiny, input2, () => tiny.output);
    return a.add(b).sum();
  });
  expect(sum.item()).toBeCloseTo(net(input).add(net(input2)).sum().item(), 4);
});

test("exit drops what comes after; what was saved before stays", async () => {
  const { before, after } = await tiny.session((s) => {
    const before = s.trace(tiny, input, () => tiny.output);
    s.exit();
    return { before, after: s.trace(tiny, input, () => tiny.output) };
  });
  close(before, net(input));
  expect(() => after.toArray()).toThrow("Accessing value before it's been set.");
});

test("a trace inside is awaited after the session, not in it; never awaited, it rejects nothing", async () => {
  let later: PromiseLike<Tensor> | undefined;
  await tiny.session(() => {
    later = tiny.trace(input, () => tiny.output.save());
  });
  close(await later!, net(input));
  let told: PromiseLike<string | Tensor> | undefined;
  await tiny.session(() => {
    told = tiny.trace(input, () => tiny.output).then(undefined, (error: Error) => error.message);
  });
  expect(await told).toMatch(
    /^a trace inside the session opened at session\.test\.ts:\d+:\d+ is awaited there, but it runs only when the session closes/,
  );
});

test("what a trace inside gives is a value of the session: returned alone, among others, and of each turn", async () => {
  close(await tiny.session(() => tiny.trace(input, () => tiny.layer1.output)), net.layer1(input));
  const { one, all } = await tiny.session((s) => ({
    one: tiny.trace(input, () => tiny.layer1.output),
    all: s.iter([input, input2], (each) => tiny.trace(each, () => tiny.output)),
  }));
  close(one, net.layer1(input));
  expect(all).toHaveLength(2);
  close(all[1] as Tensor, net(input2));
  let later: PromiseLike<Tensor> | undefined;
  await tiny.session(() => void (later = tiny.trace(input, () => tiny.layer1.output)));
  close(await later!, net.layer1(input));
});

test("a failure half-way: values of finished traces stay, the error is thrown, the rest says so", async () => {
  let first: Tensor | undefined;
  let third: Tensor | undefined;
  await expect(
    tiny.session((s) => {
      first = s.trace(tiny, input, () => tiny.output.save());
      s.trace(tiny, input, (tracer) => {
        tracer.cond(tiny.layer1.output.ne(1), () => undefined);
      });
      third = s.trace(tiny, input, () => tiny.output.save());
    }),
  ).rejects.toThrow("Boolean value of Tensor with more than one value is ambiguous");
  close(first!, net(input));
  expect(() => third!.toArray()).toThrow("Boolean value of Tensor with more than one value is ambiguous");
});

test("what is refused", async () => {
  await expect(tiny.session(() => tiny.layer1.output)).rejects.toThrow(
    "layer1.output is read in a session, but outside its traces",
  );
  await expect(tiny.session(async () => undefined)).rejects.toThrow("the callback of session is async");
  // What refuses these is thrown by the session, so that nobody needs to await them.
  await expect(
    tiny.session((s) => void s.trace(tiny, "text" as never, () => tiny.layer1.output)),
  ).rejects.toThrow("the input of a trace is a Tensor");
  await expect(
    tiny.session(() => void tiny.trace("text" as never, () => tiny.layer1.output)),
  ).rejects.toThrow("the input of a trace is a Tensor");
  await expect(tiny.trace(input, () => void tiny.edit(() => undefined))).rejects.toThrow(
    "an edit cannot be opened while the trace opened at",
  );
  await expect(tiny.session(() => void tiny.session(() => 1))).rejects.toThrow(
    "a session cannot be opened while the session opened at",
  );
  expect(openContexts()).toEqual([]);
});

test("S18: a hidden state of one prompt, written into another", async () => {
  const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
  const { one, two } = await lm.session((s) => {
    const first = s.trace(lm, "The Eiffel Tower is in the city of", () => ({
      hidden: lm.model.layers[-1]!.output[0].at(":", -1, ":"),
      one: lm.output.save(),
    }));
    const two = s.trace(lm, "Buckingham Palace is in the city of", () => {
      lm.model.layers[-2]!.output[0].set([":", -1, ":"], first.hidden.at(":"));
      return lm.output;
    });
    return { one: first.one, two };
  });
  const word = (out: { logits: Tensor }): string => lm.tokenizer.decode(out["logits"].argmax(-1)[0]![-1]!);
  expect(word(one)).toBe(" Paris");
  // What PyTorch gives for the same experiment on this model: the answer is carried over.
  expect(word(two)).toBe(" Paris");
  const best = two.logits.at(0, -1).topk(3);
  expect(best.indices.toArray()).toEqual([7042, 11452, 30010]);
  expect(
    best.values
      .sub(tensor([14.4924, 13.3624, 13.3446]))
      .abs()
      .max()
      .item(),
  ).toBeLessThan(1e-3);
  const plain = await lm.trace("Buckingham Palace is in the city of", () => lm.output);
  expect(word(plain)).not.toBe(" Paris");
});
