/** S17 to S20: sessions, local, each in callback and in block form. */
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eiffel, expectRun, loadModel, palace, printed, reference } from "../../goldens/conformance.ts";
import { tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { type LanguageModel, resetContexts, type Tensor } from "../index.ts";

const three = ["three0", "three1", "three2"] as const;
const prompts = three.map((name) => reference.runs[name]!.text);
let lm: LanguageModel;

beforeAll(async () => {
  lm = await loadModel();
});
beforeEach(() => resetContexts());

test("S17: three empty traces run and print nothing, in both forms", async () => {
  const lines = await printed(async () => {
    await lm.session(() => {
      for (let i = 0; i < 3; i++) lm.trace("_", () => undefined);
    });
    await using s = lm.session();
    for (let i = 0; i < 3; i++) {
      using _ = lm.trace("_");
    }
    expect(s).toBeDefined();
  });
  expect(lines).toEqual([]);
});

test("S18: the last hidden state of one prompt in the last block but one of another, as in PyTorch, in both forms", async () => {
  const given = await lm.session((s) => {
    const first = s.trace(lm, eiffel, () => ({
      hidden: lm.model.layers[-1]!.output[0].at(":", -1, ":"),
      out: lm.output.save(),
    }));
    const second = s.trace(lm, palace, () => {
      lm.model.layers[-2]!.output[0].set([":", -1, ":"], first.hidden.at(":"));
      return lm.output;
    });
    return [first.out, second] as const;
  });
  {
    await using _ = lm.session();
    {
      using _ = lm.trace(eiffel);
      var hidden = lm.model.layers[-1]!.output[0].at(":", -1, ":");
      var one = lm.output.save();
    }
    {
      using _ = lm.trace(palace);
      lm.model.layers[-2]!.output[0].set([":", -1, ":"], hidden.at(":"));
      var two = lm.output.save();
    }
  }
  for (const [first, second] of [given, [one, two]] as const) {
    expectRun(first.logits, "eiffel");
    expectRun(second.logits, "patched");
    expect(lm.tokenizer.decode(first["logits"].argmax(-1)[0]![-1]!)).toBe(" Paris");
  }
  expect(() => hidden.data).toThrow("It was not saved");
  expectRun(await lm.trace(palace, () => lm.output.logits), "palace");
});

test("S19: exit ends the session after the log line, in block form", async () => {
  const lines = await printed(async () => {
    {
      await using s = tiny.session();
      var list = s.list().save();
      list.append(0);
      list.append(1);
      nnsight.log("-- Early Stop --");
      s.exit();
      list.append(2);
      nnsight.log("never");
    }
    expect(list.value).toEqual([0, 1]);
  });
  expect(lines).toEqual(["-- Early Stop --"]);
});

test("S20: a loop over prompts appends three logits of three prompts, in both forms", async () => {
  const given = await lm.session((s) => {
    const results = nnsight.list();
    s.iter(nnsight.list(prompts), (prompt) => {
      lm.trace(prompt, () => {
        results.append(lm.lm_head.output);
      });
    });
    return results;
  });
  {
    await using s = lm.session();
    var results = nnsight.list().save();
    using loop = s.iter(nnsight.list(prompts));
    using _ = lm.trace(loop.item);
    results.append(lm.lm_head.output);
  }
  for (const list of [given, results.value] as Tensor[][]) {
    expect(list.map(({ shape }) => shape)).toEqual(prompts.map((p) => [1, reference.lengths[p], 49152]));
    for (const [i, name] of three.entries()) expectRun(list[i]!, name);
  }
});
