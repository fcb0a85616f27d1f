/** Optimizers against torch's (goldens/optim.py), and what they are for: a steering vector, a soft prompt. */
import { readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, manualSeed, ops, optim, resetContexts, type Tensor, tensor } from "../index.ts";

beforeEach(() => resetContexts());

interface Golden {
  readonly start: number[];
  readonly gradients: number[][];
  readonly cases: readonly {
    readonly name: "SGD" | "Adam";
    readonly options: Readonly<Record<string, number>>;
    readonly steps: number[][];
  }[];
}
const reference: Golden = JSON.parse(readFileSync(golden("optim.json"), "utf8"));

test.each(reference.cases)("$name $options moves as torch's", ({ name, options, steps }) => {
  const { weight_decay: weightDecay = 0, ...rest } = options;
  const x = tensor(reference.start);
  const optimizer = new optim[name]([x], { ...rest, weightDecay });
  for (const [i, gradient] of reference.gradients.entries()) {
    optimizer.step([tensor(gradient)]);
    for (const [k, value] of x.data.entries())
      expect(Math.abs(Number(value) - steps[i]![k]!)).toBeLessThan(1e-6);
  }
});

test("a steering vector is trained between traces", async () => {
  const steering = ops.zeros(10);
  const optimizer = new optim.Adam([steering], { lr: 0.3 });
  const losses: number[] = [];
  for (let i = 0; i < 40; i++) {
    const { loss, gradient } = await tiny.trace(input, () => {
      tiny.layer1.output.add_(steering);
      const loss = tiny.output.sub(1).pow(2).mean();
      loss.backward();
      return { loss, gradient: steering.grad };
    });
    losses.push(Number(loss.item()));
    optimizer.step([gradient]);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 10);
});

test("a soft prompt makes a token of a random model likelier", async () => {
  const config = {
    model_type: "llama",
    vocab_size: 50,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    initializer_range: 0.2,
  } as const;
  const lm = LanguageModel.random(config, { seed: 1 });
  manualSeed(3);
  const soft = ops.randn(1, 3, 16);
  const optimizer = new optim.Adam([soft], { lr: 0.1 });
  const run = () =>
    lm.trace([1, 2, 3, 4], () => {
      lm.model.embed_tokens.output.set([":", "0:3"], soft);
      const scores = lm.output.logits.at(0, -1).logSoftmax(-1);
      const loss = scores.at(7).neg();
      loss.backward();
      return { loss, gradient: soft.grad };
    });
  const before = Number((await run()).loss.item());
  for (let i = 0; i < 30; i++) optimizer.step([(await run()).gradient]);
  expect(Number((await run()).loss.item())).toBeLessThan(before - 1);
});

test("another number of gradients is refused", () => {
  const x: Tensor = tensor([1]);
  expect(() => new optim.SGD([x]).step([])).toThrow(
    "step() was given 0 gradients, and the optimizer has 1 parameters",
  );
});
