/** Gradients: on a small network against differences, on the real model against PyTorch (goldens/gradients.py). */
import { readFileSync } from "node:fs";
import "../../../tests/core/every-program.ts";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { input, input2, net, tiny } from "../../goldens/tiny.ts";
import {
  LanguageModel,
  NNsight,
  nn,
  ops,
  resetContexts,
  type Tensor,
  type Tracer,
  tensor,
} from "../index.ts";

beforeEach(() => resetContexts());

const numbers = (x: Tensor): number[] => [...x.data].map(Number);

/** The slope of a loss along each place of a value that is added to `layer1.output`. */
async function slopes(loss: (output: Tensor) => Tensor): Promise<number[]> {
  const at = async (place: number, step: number): Promise<number> => {
    const moved = ops.zeros(1, 10);
    moved.set([0, place], step);
    const made = await tiny.trace(input, () => {
      tiny.layer1.output = tiny.layer1.output.add(moved);
      return loss(tiny.output).sum();
    });
    return Number(made.item());
  };
  const all: number[] = [];
  for (let i = 0; i < 10; i++) all.push(((await at(i, 0.02)) - (await at(i, -0.02))) / 0.04);
  return all;
}

const square = (x: Tensor): Tensor => x.mul(x);

function expectClose(found: Tensor, expected: readonly number[], tolerance = 1e-3): void {
  const size = Math.max(...expected.map(Math.abs), 1e-6);
  for (const [i, value] of numbers(found).entries())
    expect(Math.abs(value - expected[i]!) / size, `place ${i}`).toBeLessThan(tolerance);
}

describe("a small network", () => {
  test("read before and after backward, it is the slope", async () => {
    const expected = await slopes(square);
    const { before, after } = await tiny.trace(input, () => {
      const before = tiny.layer1.output.grad;
      square(tiny.output).sum().backward();
      return { before, after: tiny.layer1.output.grad };
    });
    expectClose(before, expected);
    expect(numbers(after)).toEqual(numbers(before));
  });

  test("in a block, with retainGrad", async () => {
    let hidden!: Tensor;
    {
      await using _ = tiny.trace(input);
      hidden = tiny.layer1.output.save().retainGrad();
      square(tiny.output).sum().backward();
    }
    expectClose(hidden.grad, await slopes(square));
  });

  test("read, doubled, read again", async () => {
    const { once, twice, input1 } = await tiny.trace(input, () => {
      const hidden = tiny.layer1.output;
      const once = hidden.grad.clone();
      hidden.grad = hidden.grad.mul(2);
      const twice = hidden.grad;
      const input1 = tiny.layer1.input.grad;
      tiny.output.sum().backward();
      return { once, twice, input1 };
    });
    const plain = await tiny.trace(input, () => {
      const given = tiny.layer1.input;
      tiny.output.sum().backward();
      return given.grad;
    });
    expectClose(twice, numbers(once.mul(2)), 1e-6);
    expectClose(input1, numbers(plain.mul(2)), 1e-5);
  });

  test("a gradient zeroed in place stops what flows on", async () => {
    const { hidden, given } = await tiny.trace(input, () => {
      const hidden = tiny.layer1.output;
      hidden.grad.fill(0);
      const given = tiny.layer1.input.grad;
      tiny.output.sum().backward();
      return { hidden: hidden.grad, given };
    });
    expect(numbers(hidden)).toEqual(Array(10).fill(0));
    expect(numbers(given)).toEqual(Array(5).fill(0));
  });

  test("two passes add up, as in torch", async () => {
    const { first, both } = await tiny.trace(input, () => {
      const first = tiny.layer1.output.grad;
      tiny.output.sum().backward();
      tiny.output.mul(2).sum().backward();
      return { first, both: tiny.layer1.output.grad };
    });
    expectClose(both, numbers(first.mul(3)), 1e-5);
  });

  test("ops.grad stands by itself; a value that is used twice gets the sum", async () => {
    const { a, b, weighted } = await tiny.trace(input, () => {
      const [x, y] = [tiny.layer1.output, tiny.layer2.output];
      const loss = y.mul(3).sum().add(x.mul(x).sum());
      const [a, b] = ops.grad(loss, [x, y]) as [Tensor, Tensor];
      const weighted = y.mul(3).sum();
      return { a, b, weighted: ops.grad(weighted, x).add(x.mul(2)) };
    });
    expect(numbers(b)).toEqual(Array(10).fill(3));
    expectClose(a, numbers(weighted), 1e-5);
  });

  test("the gradient given to backward", async () => {
    const given = tensor([[1, 0, 0, 0, 0, 0, 0, 0, 0, 2]]);
    const { found, same } = await tiny.trace(input, () => {
      const hidden = tiny.layer1.output;
      const same = ops.grad(tiny.output.mul(given).sum(), hidden);
      tiny.output.backward(given);
      return { found: hidden.grad, same };
    });
    expectClose(found, numbers(same), 1e-6);
  });

  test("each invoke has its own rows", async () => {
    const gradientOf = (one: Tensor) =>
      tiny.trace(one, () => {
        square(tiny.output).sum().backward();
        return tiny.layer1.output.grad;
      });
    const { a, b } = await tiny.trace((tracer) => {
      const a = tracer.invoke(input, () => ({
        loss: square(tiny.output).sum(),
        grad: tiny.layer1.output.grad,
      }));
      const b = tracer.invoke(input2, () => ({
        loss: square(tiny.output).sum(),
        grad: tiny.layer1.output.grad,
      }));
      a.loss.add(b.loss).backward();
      return { a: a.grad, b: b.grad };
    });
    expectClose(a, numbers(await gradientOf(input)), 1e-5);
    expectClose(b, numbers(await gradientOf(input2)), 1e-5);
  });

  test("of parameters, and of tensors of one's own", async () => {
    const v = ops.zeros(10);
    const { weight, bias, own } = await tiny.trace(input, () => {
      tiny.layer1.output = tiny.layer1.output.add(v);
      square(tiny.output).sum().backward();
      return {
        weight: tiny.layer2.weight.grad,
        bias: (tiny.layer2 as never as { bias: Tensor }).bias.grad,
        own: v.grad,
      };
    });
    expectClose(own, await slopes(square));
    const output = await tiny.trace(input, () => ({ y: tiny.output, x: tiny.layer1.output }));
    expectClose(bias, numbers(output.y.mul(2)), 1e-5);
    expectClose(weight, numbers(output.y.mul(2).transpose(0, 1).matmul(output.x)), 1e-5);
  });

  test("a module that is attached is trained: LoRA", async () => {
    class LoRA extends nn.Module {
      down = ops.randn(2, 10).mul(0.3);
      up = ops.zeros(10, 2);
      forward(x: Tensor): Tensor {
        return x.linear(this.down).linear(this.up);
      }
    }
    const model = new NNsight(net);
    const lora = model.layer1.attach("lora", new LoRA());
    const goal = ops.ones(1, 10);
    const step = () =>
      model.trace(input, () => {
        const hidden = model.layer1.output;
        model.layer1.output = hidden.add(lora(hidden));
        const loss = square(model.output.sub(goal)).mean();
        loss.backward();
        return { loss, up: lora.up.grad, down: lora.down.grad };
      });
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) {
      const { loss, up, down } = await step();
      losses.push(Number(loss.item()));
      lora.up = lora.up.sub(up.mul(0.3));
      lora.down = lora.down.sub(down.mul(0.3));
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.2);
  });

  test("stop() ends the forward before what no gradient needs", async () => {
    const { grad, late } = await tiny.trace(input, (tracer) => {
      const hidden = tiny.layer1.output;
      square(hidden).sum().backward();
      const grad = tiny.layer1.input.grad;
      tracer.stop();
      return { grad, late: tiny.layer2.output };
    });
    expect(grad.shape).toEqual([1, 5]);
    expect(() => late.toArray()).toThrow("Accessing value before it's been set.");
  });

  test("back through a condition: along the branch that was taken, also of branches within branches", async () => {
    const slope = (steps: (x: Tensor, tracer: Tracer) => Tensor) =>
      tiny.trace(input, (tracer) => {
        const x = tiny.layer1.output;
        steps(x, tracer).sum().backward();
        return x.grad;
      });
    for (const sign of [1, -1]) {
      const taken = await slope((x, tracer) => {
        const merged = tracer.cond(
          x.sum().mul(sign).gt(0),
          () =>
            tracer.cond(
              x.max().gt(0),
              () => x.mul(x),
              () => x.mul(5),
            ),
          () => x.mul(3),
        ) as Tensor;
        return merged.add(x);
      });
      const { x } = await tiny.trace(input, () => ({ x: tiny.layer1.output }));
      const inner = Number(x.sum().item()) * sign > 0;
      const slopeOf = (v: Tensor) =>
        inner ? (Number(x.max().item()) > 0 ? v.mul(2) : v.mul(0).add(5)) : v.mul(0).add(3);
      expectClose(taken, numbers(slopeOf(x).add(1)), 1e-5);
    }
    for (const factor of [2, -2]) {
      const through = await tiny.trace(input, (tracer) => {
        tracer.cond(tiny.layer1.output.mul(0).sum().add(factor).gt(0), () => {
          tiny.layer1.output = tiny.layer1.output.mul(4);
        });
        tiny.output.sum().backward();
        return tiny.layer1.input.grad;
      });
      const plain = await tiny.trace(input, () => {
        tiny.output.sum().backward();
        return tiny.layer1.input.grad;
      });
      expectClose(through, numbers(plain.mul(factor > 0 ? 4 : 1)), 1e-5);
    }
  });

  test("of a value of another trace of the session, in the pass of the trace that uses it", async () => {
    const [taken, own] = await tiny.session((s) => {
      const hidden = s.trace(tiny, input2, () => tiny.layer1.output);
      return s.trace(tiny, input, () => {
        tiny.layer1.output = hidden.mul(3);
        square(tiny.output).sum().backward();
        return [hidden.grad, tiny.layer1.output.grad] as const;
      });
    });
    expectClose(taken, numbers(own.mul(3)), 1e-5);
  });

  test("mistakes are told with their lines", async () => {
    await expect(tiny.trace(input, () => tiny.layer1.output.grad)).rejects.toThrow(
      /the gradient that is read at gradients\.test\.ts:\d+:\d+ is of no backward pass/,
    );
    await expect(
      tiny.trace(input, () => {
        tiny.layer1.output.sum().backward();
        return tiny.layer2.output.grad;
      }),
    ).rejects.toThrow(/gradients\.test\.ts:\d+:\d+ does not lead to the one/);
    await expect(tiny.trace(input, () => tiny.output.backward())).rejects.toThrow(
      "sum it first, or give the gradient",
    );
    await expect(
      tiny.trace(input, () => {
        const hidden = tiny.layer1.output;
        hidden.grad.sum().backward();
      }),
    ).rejects.toThrow("Gradients of gradients are not known");
    await expect(
      tiny.trace(input, () => {
        tiny.output.sum().backward();
        tiny.layer1.output = tiny.layer1.output.grad;
      }),
    ).rejects.toThrow("is made after layer1.output in the run of the model");
    expect(() => input.grad).toThrow("a gradient is read outside a trace");
  });
});

describe("SmolLM2, as PyTorch", () => {
  interface Golden {
    readonly clean: string;
    readonly corrupted: string;
    readonly answers: readonly [number, number];
    readonly difference: number;
    readonly places: { readonly rows: number[]; readonly columns: number[] };
    readonly layers: readonly { readonly norms: number[]; readonly values: number[] }[];
    readonly embedded: number[];
    readonly weights: Readonly<Record<string, { readonly norm: number; readonly values: number[] }>>;
    readonly attribution: readonly number[][];
  }
  const reference: Golden = JSON.parse(readFileSync(golden("gradients.json"), "utf8"));
  const [yes, no] = reference.answers;
  let lm: LanguageModel;

  beforeAll(async () => {
    lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
  });

  const difference = (): Tensor => {
    const last = lm.lm_head.output.at(0, -1);
    return last.at(yes).sub(last.at(no));
  };

  test("of a logit difference, for every layer's output and the embedding", async () => {
    const made = await lm.trace(reference.clean, () => {
      const loss = difference();
      loss.backward();
      return {
        loss,
        layers: lm.model.layers.map((layer) => layer.output[0].grad),
        embedded: lm.model.embed_tokens.output.grad,
      };
    });
    expect(Math.abs(Number(made.loss.item()) - reference.difference)).toBeLessThan(1e-3);
    const { rows, columns } = reference.places;
    for (const [i, { norms, values }] of reference.layers.entries()) {
      const { data } = made.layers[i]!;
      for (const [k, value] of values.entries()) {
        const scale = norms[rows[k]!]! / Math.sqrt(576);
        const found = Number(data[rows[k]! * 576 + columns[k]!]);
        expect(Math.abs(found - value) / Math.max(scale, 1e-9), `layer ${i}, place ${k}`).toBeLessThan(1e-3);
      }
    }
    expectClose(made.embedded.mul(made.embedded).sum(-1).sqrt(), reference.embedded);
  });

  test("of a logit difference, for weights: one of a block, of a norm, and that of the head, which embeds, too", async () => {
    const weight = (name: string): Tensor => (lm.get(name) as never as { readonly weight: Tensor }).weight;
    const grads = await lm.trace(reference.clean, () => {
      const weights = Object.keys(reference.weights).map(weight);
      difference().backward();
      return weights.map((one) => one.grad);
    });
    const ids = lm.tokenizer.encode(reference.clean);
    const { rows, columns } = reference.places;
    for (const [i, [name, { norm, values }]] of Object.entries(reference.weights).entries()) {
      const grad = grads[i]!;
      expect(Math.abs(grad.mul(grad).sum().sqrt().item() / norm - 1), name).toBeLessThan(1e-4);
      const { data } = grad;
      const width = grad.shape[1];
      for (const [k, value] of values.entries()) {
        const row = name === "lm_head" ? ids[rows[k]!]! : rows[k]!;
        const found = Number(data[width ? row * width + columns[k]! : k]);
        expect(Math.abs(found - value) / norm, `${name}, place ${k}`).toBeLessThan(1e-5);
      }
    }
  });

  test("attribution patching correlates above 0.999", async () => {
    const layers = await lm.trace(reference.clean, () => lm.model.layers.map((layer) => layer.output[0]));
    const found = await lm.trace(reference.corrupted, () => {
      difference().backward();
      return lm.model.layers.map((layer, i) =>
        layers[i]!.sub(layer.output[0]).mul(layer.output[0].grad).sum(-1),
      );
    });
    const [a, b] = [found.flatMap(numbers), reference.attribution.flat()];
    const mean = (x: number[]) => x.reduce((s, v) => s + v, 0) / x.length;
    const centred = (x: number[]) => x.map((v) => v - mean(x));
    const dot = (x: number[], y: number[]) => x.reduce((s, v, i) => s + v * y[i]!, 0);
    const [x, y] = [centred(a), centred(b)];
    expect(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))).toBeGreaterThan(0.999);
  });

  test("inside a block, where the way goes through opened parts", async () => {
    const { inner, whole } = await lm.trace(reference.clean, () => {
      difference().backward();
      const layer = lm.model.layers[3]!;
      return { inner: layer.mlp.output.grad, whole: layer.output[0].grad };
    });
    expectClose(inner, numbers(whole), 1e-4);
  });
});
