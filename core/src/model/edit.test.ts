/** Edits and attached modules (seeds S14 to S16; NNsight's tests 3-LM12 to 3-LM15, 3-LM05). */
import "../../../tests/core/every-program.ts";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { close, input, net, one, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, NNsight, nn, ops, resetContexts, type Tensor } from "../index.ts";

const zeros = [Array(10).fill(0)];

beforeEach(() => {
  resetContexts();
  tiny.clearEdits();
});

describe("edits", () => {
  test("S14: a copy is edited, the original is as it was; before the model has ever run", async () => {
    const edited = await tiny.edit(() => {
      tiny.layer1.output[0]!.fill(0);
    });
    close(await tiny.trace(input, () => tiny.layer1.output), one);
    expect((await edited.trace(input, () => edited.layer1.output)).toArray()).toEqual(zeros);
    // The original's envoys may be used in traces of the copy.
    expect((await edited.trace(input, () => tiny.layer1.output)).toArray()).toEqual(zeros);
    close(await edited.trace(input, () => edited.output), net.layer2.bias!.unsqueeze(0));
  });

  test("S14 as a block", async () => {
    const editing = tiny.edit();
    {
      await using _ = editing;
      tiny.layer1.output[0]!.fill(0);
    }
    expect((await editing.model.trace(input, () => tiny.layer1.output)).toArray()).toEqual(zeros);
    close(await tiny.trace(input, () => tiny.layer1.output), one);
  });

  test("S16: in place, with its context, then cleared", async () => {
    const [model, editor] = await tiny.edit({ inplace: true, returnContext: true }, () => {
      tiny.layer1.output[0]!.fill(0);
    });
    expect(model).toBe(tiny);
    expect(editor.recording.kind).toBe("edit");
    expect((await tiny.trace(input, () => tiny.layer1.output)).toArray()).toEqual(zeros);
    tiny.clearEdits();
    close(await tiny.trace(input, () => tiny.layer1.output), one);
  });

  test("they stack: a copy of an edited model has both, and traces write on top", async () => {
    await tiny.edit({ inplace: true }, () => {
      tiny.layer1.output = tiny.layer1.output.mul(2);
    });
    const both = await tiny.edit(() => {
      tiny.layer1.output = tiny.layer1.output.add(1);
    });
    close(await tiny.trace(input, () => tiny.layer1.output), one.mul(2));
    const { read, wrote } = await both.trace(input, () => {
      const read = tiny.layer1.output;
      tiny.layer1.output.sub_(1);
      return { read, wrote: tiny.layer1.output };
    });
    close(read, one.mul(2).add(1));
    close(wrote, one.mul(2));
  });

  test("they serve any batch, and conditions in them", async () => {
    const edited = await tiny.edit((editor) => {
      editor.cond(tiny.layer1.output.abs().sum().gt(1e6), () => {
        tiny.layer1.output.fill(5);
      });
      tiny.layer1.output.mul_(0);
    });
    const two = ops.rand([2, 5]);
    const both = await edited.trace(two, () => tiny.layer1.output);
    expect([both.shape, both.abs().sum().item()]).toEqual([[2, 10], 0]);
    const invokes = await edited.trace((tracer) => [
      tracer.invoke(input, () => tiny.layer1.output),
      tracer.invoke(two, () => tiny.layer1.output),
    ]);
    expect(invokes.map(({ shape }) => shape)).toEqual([
      [1, 10],
      [2, 10],
    ]);
    expect(invokes[1]!.abs().sum().item()).toBe(0);
  });

  test("what is wrong in an edit is said there", async () => {
    await expect(tiny.edit(() => void tiny.layer1.output.add(ops.zeros([3])))).rejects.toThrow(
      "do not broadcast",
    );
    class Own extends nn.Module {
      inner = new nn.WrapperModule();
      forward(x: Tensor): Tensor {
        return this.inner(x);
      }
    }
    const own = new NNsight(new Own());
    await expect(own.edit(() => void own.inner.output.fill(0))).rejects.toThrow("Run one trace first");
    await own.trace(input, () => undefined);
    const edited = await own.edit(() => void own.inner.output.fill(0));
    expect((await edited.trace(input, () => edited.output)).abs().sum().item()).toBe(0);
  });
});

class Complex extends nn.Module {
  one = new nn.WrapperModule();
  forward(x: Tensor): Tensor {
    return this.one(x);
  }
}

describe("attached modules", () => {
  let lm: LanguageModel;
  const prompt = "Madison Square Garden is located in the city of";
  beforeAll(async () => {
    lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
  });

  test("S15: what is inside can be read, and zeroing the attachment is zeroing the block", async () => {
    const l0 = lm.model.layers[0]!;
    const attachment = l0.attach("attachment", new Complex());
    const edited = await lm.edit(() => {
      const acts = l0.output[0];
      l0.output[0].fill(attachment(acts, { hook: true }));
    });
    const plain = await lm.trace(prompt, () => {
      const original = l0.output[0].clone();
      l0.output[0].mul_(0);
      return { original, logits: lm.output.logits };
    });
    const through = await edited.trace(prompt, () => {
      const one = attachment.one.output.clone();
      attachment.output.mul_(0);
      return { one, logits: lm.output.logits };
    });
    close(through.one, plain.original, 1e-4);
    close(through.logits, plain.logits, 1e-4);
    const rows = await edited.trace(["a b", "c d"], () => attachment.one.output);
    expect(rows.shape[0]).toBe(2);
  });

  test("by assignment, as in the document", async () => {
    const l1 = lm.model.layers[1]! as (typeof lm.model.layers)[1] & { attachment: Complex };
    l1.attachment = new Complex();
    const out = await lm.trace(prompt, () => {
      const made = l1.attachment(l1.output[0]) as unknown as Tensor;
      return { made, inner: (l1.attachment.one as unknown as { output: Tensor }).output, own: l1.output[0] };
    });
    close(out.made, out.own, 1e-4);
    close(out.inner, out.own, 1e-4);
  });

  test("a module of the model called once more: its own call is the first, the user's the second", async () => {
    const { own, lens, second, inner } = await lm.trace(prompt, () => {
      const lens = lm.lm_head(lm.model.norm(lm.model.layers[20]!.output[0]));
      const again = lm.model.layers[3]!.mlp(lm.model.layers[2]!.output[0].mul(0.5));
      return {
        own: lm.lm_head.output,
        lens,
        second: lm.lm_head.calls[1]!.output,
        inner: { again, act: lm.model.layers[3]!.mlp.act_fn.calls[1]!.output },
      };
    });
    close(second, lens, 1e-4);
    expect(own.sub(lens).abs().max().item()).toBeGreaterThan(1);
    expect(inner.act.shape).toEqual([1, own.shape[1]!, 1536]);
    expect(inner.again.shape).toEqual([1, own.shape[1]!, 576]);
  });

  test("a call's output can be written, for all who read it", async () => {
    const out = await lm.trace(prompt, () => {
      const made = lm.model.norm(lm.model.layers[20]!.output[0]);
      (lm.model.norm.calls[1]!.output as Tensor).fill(0);
      return made.abs().sum();
    });
    expect(out.item()).toBe(0);
  });
});
