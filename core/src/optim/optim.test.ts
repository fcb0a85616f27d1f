/** Optimizers against torch's (goldens/optim.py), and what they are for: a steering vector, a soft prompt. */
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import {
  LanguageModel,
  manualSeed,
  NNsight,
  nn,
  ops,
  optim,
  resetContexts,
  type Tensor,
  tensor,
} from "../index.ts";

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
class LoRA extends nn.Module {
  up: Tensor;
  down: Tensor;
  constructor(size: number, rank: number) {
    super();
    this.up = ops.rand([size, rank]).mul(0.1);
    this.down = ops.rand([rank, size]).mul(0.1);
  }
  forward(x: Tensor): Tensor {
    return x.matmul(this.up).matmul(this.down);
  }
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

describe("within a session", () => {
  const steps = 12;
  const lossOf = () => tiny.output.sub(1).pow(2).mean();

  test.each(["SGD", "Adam"] as const)(
    "a steering vector is trained in its loop as it is outside (%s)",
    async (name) => {
      const options = name === "SGD" ? { lr: 0.2, momentum: 0.5 } : { lr: 0.3 };
      const outside = ops.zeros(10);
      const own = new optim[name]([outside], options);
      for (let i = 0; i < steps; i++) {
        const gradient = await tiny.trace(input, () => {
          tiny.layer1.output.add_(outside);
          lossOf().backward();
          return outside.grad;
        });
        own.step([gradient]);
      }
      const vector = ops.zeros(10);
      const losses = await tiny.session((s) => {
        const optimizer = new optim[name]([vector], options);
        return s.iter(
          Array.from({ length: steps }, (_, i) => i),
          () => {
            const { loss, gradient } = s.trace(tiny, input, () => {
              tiny.layer1.output.add_(vector);
              const loss = lossOf();
              loss.backward();
              return { loss, gradient: vector.grad };
            });
            optimizer.step([gradient]);
            return loss;
          },
        );
      });
      expect(Number(vector.sub(outside).abs().max().item())).toBeLessThan(1e-6);
      expect(losses).toHaveLength(steps);
      expect(Number(losses.at(-1)!.item())).toBeLessThan(Number(losses[0]!.item()));
    },
  );

  test("a LoRA of an attached module is trained in its loop, over inputs of its own", async () => {
    manualSeed(1);
    const net = new NNsight(
      new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }),
    );
    const lora = new LoRA(10, 2);
    const attached = net.layer1.attach("lora", lora);
    const before = lora.down;
    const inputs = [ops.rand([1, 5]), ops.rand([1, 5])];
    const losses = await net.session((s) => {
      const optimizer = new optim.Adam(
        [
          [lora, "up"],
          [lora, "down"],
        ],
        { lr: 0.05 },
      );
      return s.iter([...inputs, ...inputs, ...inputs, ...inputs], (x) => {
        const { loss, gradients } = s.trace(net, x, () => {
          net.layer1.output = net.layer1.output.add(attached(net.layer1.output));
          const loss = net.output.sub(1).pow(2).mean();
          loss.backward();
          return { loss, gradients: [attached.up.grad, attached.down.grad] };
        });
        optimizer.step(gradients);
        return loss;
      });
    });
    expect(lora.down === before).toBe(false);
    expect(Number(losses.at(-1)!.item())).toBeLessThan(Number(losses[1]!.item()));
    const after = await net.trace(inputs[1]!, () => {
      net.layer1.output = net.layer1.output.add(attached(net.layer1.output));
      return net.output.sub(1).pow(2).mean();
    });
    expect(Number(after.item())).toBeLessThan(Number(losses.at(-1)!.item()));
  });

  test("where the session fails, the vector is what it was", async () => {
    const vector = ops.ones(10);
    const failing = tiny.session((s) => {
      const optimizer = new optim.SGD([vector], { lr: 1 });
      s.apply(() => {
        throw new Error("no");
      });
      optimizer.step([vector.mul(2)]);
    });
    await expect(failing).rejects.toThrow("no");
    expect(vector.toArray()).toEqual(ops.ones(10).toArray());
  });

  test("an optimizer that was made outside is refused, with the way out", async () => {
    const vector = ops.zeros(10);
    const optimizer = new optim.SGD([vector]);
    const session = tiny.session((s) => {
      const gradient = s.trace(tiny, input, () => {
        tiny.layer1.output.add_(vector);
        lossOf().backward();
        return vector.grad;
      });
      optimizer.step([gradient]);
    });
    await expect(session).rejects.toThrow("make the optimizer inside it");
  });
});

test("another number of gradients is refused", () => {
  const x: Tensor = tensor([1]);
  expect(() => new optim.SGD([x]).step([])).toThrow(
    "step() was given 0 gradients, and the optimizer has 1 parameters",
  );
});
