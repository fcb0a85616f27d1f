/** S14 to S16: edits and attached modules, each in callback and in block form. */
import { beforeEach, expect, test } from "vitest";
import { expectRun, garden, loadModel } from "../../goldens/conformance.ts";
import { close, input, net, one, tiny } from "../../goldens/tiny.ts";
import { nn, resetContexts, type Tensor, tensor } from "../index.ts";

const zeros = tensor([Array(10).fill(0)]);

beforeEach(() => {
  resetContexts();
  tiny.clearEdits();
});

test("S14: the copy gives zeros, the original what it gave, in both forms", async () => {
  const byCallback = await tiny.edit(() => {
    tiny.layer1.output[0]!.fill(0);
  });
  const editing = tiny.edit();
  {
    await using _ = editing;
    tiny.layer1.output[0]!.fill(0);
  }
  for (const edited of [byCallback, editing.model]) {
    {
      await using _ = edited.trace(input);
      var inBlock = edited.layer1.output.save();
    }
    close(inBlock, zeros, 1e-9);
    close(await edited.trace(input, () => edited.layer1.output), zeros, 1e-9);
    close(await edited.trace(input, () => edited.output), net.layer2(zeros));
    close(await tiny.trace(input, () => tiny.layer1.output), one);
  }
});

test("S16: in place, then cleared, in block form and with the context", async () => {
  const editing = tiny.edit({ inplace: true });
  {
    await using _ = editing;
    tiny.layer1.output[0]!.fill(0);
  }
  expect(editing.model).toBe(tiny);
  close(await tiny.trace(input, () => tiny.layer1.output), zeros, 1e-9);
  tiny.clearEdits();
  close(await tiny.trace(input, () => tiny.layer1.output), one);

  const [model] = await tiny.edit({ inplace: true, returnContext: true }, () => {
    tiny.layer1.output[0]!.fill(0);
  });
  expect(model).toBe(tiny);
  close(await tiny.trace(input, () => tiny.layer1.output), zeros, 1e-9);
  tiny.clearEdits();
  close(await tiny.trace(input, () => tiny.layer1.output), one);
});

class Complex extends nn.Module {
  one = new nn.WrapperModule();
  forward(x: Tensor): Tensor {
    return this.one(x);
  }
}

test("S15: in block form; zeroing the attachment of an MLP is what PyTorch gives without that MLP", async () => {
  const lm = await loadModel();
  const mlp = lm.model.layers[0]!.mlp;
  const attachment = mlp.attach("attachment", new Complex());
  const editing = lm.edit();
  {
    await using _ = editing;
    mlp.output.fill(attachment(mlp.output, { hook: true }));
  }
  const edited = editing.model;
  {
    await using _ = lm.trace(garden);
    var original = mlp.output.clone().save();
    mlp.output.mul_(0);
    var logits = lm.output.logits.save();
  }
  {
    await using _ = edited.trace(garden);
    var inner = attachment.one.output.clone().save();
    attachment.output.mul_(0);
    var editedLogits = lm.output.logits.save();
  }
  close(inner, original, 1e-6);
  expect(original.abs().max().item()).toBeGreaterThan(0.1);
  for (const one of [logits, editedLogits]) expectRun(one, "mlp0");
  expectRun(await edited.trace(garden, () => lm.output.logits), "garden");
});
