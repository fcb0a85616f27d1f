/** What programs mean (api.md §3), on networks small enough to reason about. */
import "../../../tests/core/every-program.ts";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { close, input, input2, net, tiny } from "../../goldens/tiny.ts";
import {
  log,
  manualSeed,
  NNsight,
  nn,
  openContexts,
  ops,
  resetContexts,
  type Tensor,
  tensor,
} from "../index.ts";

/** h + mlp(h), twice: a residual stream. */
class Block extends nn.Module {
  mlp = new nn.Linear(4, 4);
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(x))];
  }
}
class Stream extends nn.Module {
  embed = new nn.Linear(3, 4);
  layers = new nn.ModuleList([new Block(), new Block(), new Block()]);
  forward(x: Tensor): { out: Tensor } {
    let hidden = this.embed(x);
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return { out: hidden };
  }
}
const streamNet = new Stream();
const stream = new NNsight(streamNet);
const x = tensor([[1, 2, 3]]);

beforeEach(() => resetContexts());

describe("reading", () => {
  test("S0: the seed's network gives the seed's numbers", async () => {
    const out = await tiny.trace(input, () => tiny.layer1.output);
    const want = [
      7.2426e-1, 2.4406e-1, -5.3356e-1, 2.4396e-1, -4.4996e-4, -1.3551e-1, 1.8728e-1, 7.5127e-1, -3.3102e-1,
      -8.0205e-1,
    ];
    const made = (out.toArray() as number[][])[0]!;
    for (const [i, value] of want.entries()) expect(Math.abs(made[i]! - value)).toBeLessThan(6e-6);
    expect(String(out)).toBe(`tensor([[ 7.2426e-01,  2.4406e-01, -5.3356e-01,  2.4396e-01, -4.4996e-04,
         -1.3551e-01,  1.8728e-01,  7.5127e-01, -3.3102e-01, -8.0205e-01]])`);
  });

  test("a trace gives what the module gives when it is called", async () => {
    close(await tiny.trace(input, () => tiny.output), net(input));
    close((await stream.trace(x, () => stream.output)).out, (streamNet(x) as unknown as { out: Tensor }).out);
    close(await tiny.trace(input, { trace: false }), net(input));
  });

  test("S1: inputs is [args, kwargs], input the first argument", async () => {
    const { inputs, first } = await stream.trace(x, () => ({
      inputs: stream.layers[1]!.inputs,
      first: stream.layers[1]!.input,
    }));
    close(inputs[0][0] as Tensor, first);
    expect(inputs[1]).toEqual({});
  });

  test("S2: scan tells shapes and runs nothing", async () => {
    expect(await tiny.scan(tensor([0, 0, 0, 0, 0]), () => tiny.layer2.input.shape)).toEqual([10]);
  });

  test("S5: a lazy value prints its node and no number", async () => {
    await tiny.trace(input, () => {
      expect(String(tiny.layer1.output.toString())).toBe("InterventionProxy (InterventionProtocol_0): ");
    });
  });

  test("S6: log prints as Python does, at the run", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    await tiny.trace(input, () => log("Layer 1 - out: ", tiny.layer1.output));
    expect(lines.mock.calls).toEqual([
      [
        `Layer 1 - out:  tensor([[ 7.2426e-01,  2.4406e-01, -5.3356e-01,  2.4396e-01, -4.4996e-04,
         -1.3551e-01,  1.8728e-01,  7.5127e-01, -3.3102e-01, -8.0205e-01]])`,
      ],
    ]);
    lines.mockRestore();
  });

  test("the block form gives the same", async () => {
    {
      await using tracer = tiny.trace(input);
      var out = tiny.layer1.output.save();
      expect(tracer).toBeDefined();
    }
    close(out, net.layer1(input));
  });
});

describe("writing", () => {
  test("writes through a chain of indices reach the module", async () => {
    const { one, two } = await tiny.trace(input, () => {
      tiny.layer1.output[0]!.fill(0);
      return { one: tiny.layer1.output, two: tiny.layer2.output };
    });
    expect(one.toArray()).toEqual([Array(10).fill(0)]);
    close(two, net.layer2.bias!.unsqueeze(0));
  });

  test("rule 1: writing an input changes what is inside, and the residual keeps its value", async () => {
    const { out, mlp, before } = await stream.trace(x, () => {
      stream.layers[1]!.mlp.input = tensor([[0, 0, 0, 0]]);
      return {
        out: stream.layers[1]!.output[0],
        mlp: stream.layers[1]!.mlp.output,
        before: stream.layers[0]!.output[0],
      };
    });
    close(mlp, streamNet.layers[1]!.mlp.bias!.unsqueeze(0));
    close(out, before.add(mlp));
  });

  test("rule 1: writing layer2.input does not change a save of layer1.output", async () => {
    const { one, two } = await tiny.trace(input, () => {
      const one = tiny.layer1.output;
      tiny.layer2.input.fill(0);
      return { one, two: tiny.layer2.output };
    });
    close(one, net.layer1(input));
    close(two, net.layer2.bias!.unsqueeze(0));
  });

  test("rule 2: a save of a later module written before an edit of an earlier one includes the edit", async () => {
    const two = await tiny.trace(input, () => {
      const two = tiny.layer2.output;
      tiny.layer1.output.fill(0);
      return two;
    });
    close(two, net.layer2.bias!.unsqueeze(0));
  });

  test("rule 3: a handle keeps its value, a new read sees the write", async () => {
    const { old, written, again } = await tiny.trace(input, () => {
      const old = tiny.layer1.output;
      const written = tiny.layer1.output;
      written.fill(0);
      return { old, written, again: tiny.layer1.output };
    });
    close(old, net.layer1(input));
    expect(written.abs().sum().item()).toBe(0);
    expect(again.abs().sum().item()).toBe(0);
  });

  test("assignment, in-place arithmetic, regions", async () => {
    const { a, b, c } = await tiny.trace(input, () => {
      tiny.layer1.output = tiny.layer1.output.mul(2);
      const a = tiny.layer1.output.clone();
      tiny.layer1.output.add_(1);
      const b = tiny.layer1.output.clone();
      tiny.layer1.output.set([":", "2:4"], tensor([7, 8]));
      return { a, b, c: tiny.layer1.output };
    });
    close(a, net.layer1(input).mul(2));
    close(b, a.add(1));
    close(c, b.setitem(tensor([7, 8]), ":", "2:4"));
  });

  test("a tuple's element is assigned by place", async () => {
    const out = await stream.trace(x, () => {
      stream.layers[0]!.output[0] = stream.layers[0]!.output[0].mul(0);
      return stream.layers[1]!.input;
    });
    expect(out.abs().sum().item()).toBe(0);
  });

  test("a module called on a value of the trace uses its weights once more", async () => {
    const out = await tiny.trace(input, () => tiny.layer2(tiny.layer1.output.mul(2)));
    close(out, net.layer2(net.layer1(input).mul(2)));
  });

  test("new parameters count at once", async () => {
    const own = new nn.Sequential({ only: new nn.Linear(2, 2) });
    const model = new NNsight(own);
    const before = await model.trace(tensor([[1, 1]]), () => model.output);
    own.only.weight = tensor([
      [1, 0],
      [0, 1],
    ]);
    own.only.bias = tensor([0, 0]);
    expect((await model.trace(tensor([[1, 1]]), () => model.output)).toArray()).toEqual([[1, 1]]);
    expect(before.toArray()).not.toEqual([[1, 1]]);
    own.only = new nn.Linear(2, 3);
    expect((await model.trace(tensor([[1, 1]]), () => model.output)).shape).toEqual([1, 3]);
  });
});

describe("order and time", () => {
  test("rule 4: time travel is refused, with both modules", async () => {
    await expect(
      tiny.trace(input, () => {
        tiny.layer1.output = tiny.layer2.output;
      }),
    ).rejects.toThrow(
      "layer2.output is made after layer1.output in the run of the model, so it cannot be written there in the same trace. " +
        "Read it in a first trace and save it, then write it in a second one.",
    );
  });

  test("stop at a module whose output was overwritten ends the forward there, not before", async () => {
    const { given, later } = await tiny.trace(input, () => {
      const given = tiny.layer1.input;
      const later = tiny.layer2.output;
      tiny.layer1.output = ops.ones([1, 10]);
      tiny.layer1.output.stop();
      return { given, later };
    });
    close(given, input);
    expect(() => later.toArray()).toThrow("Accessing value before it's been set.");
  });

  test("what is behind a stop is not run: conditions, loops, and what follows from them", async () => {
    const lines: unknown[] = [];
    const spy = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
    let modules: readonly string[] = [];
    await tiny.trace(input, (tracer) => {
      const late = tiny.layer2.output;
      tracer.cond(late.sum().gt(-1e9), () => void tracer.log("in a branch"));
      tracer.iter([1, 2], (item) => void late.update(late.mul(item)));
      tracer.cond(late.sum().gt(-1e9), () => void tracer.log("after the loop"));
      tiny.layer1.output.save().stop();
      modules = tracer.estimate().modules;
    });
    spy.mockRestore();
    expect([lines, modules]).toEqual([[], ["layer1"]]);
  });

  test("S8, S9: stop leaves later modules unset, whenever they were written", async () => {
    {
      await using tracer = tiny.trace(input);
      var two = tiny.layer2.output.save();
      var one = tiny.layer1.output.save();
      tiny.layer1.output.stop();
      expect(tracer).toBeDefined();
    }
    close(one, net.layer1(input));
    expect(() => two.toArray()).toThrow(/^Accessing value before it's been set\.$/);
  });

  test("random numbers are drawn anew at each run, by the seed", async () => {
    const run = () => tiny.trace(input, () => tiny.layer1.output.mul(0).add(ops.rand([1, 10])));
    manualSeed(1);
    const [a, b] = [await run(), await run()];
    manualSeed(1);
    expect((await run()).toArray()).toEqual(a.toArray());
    expect(a.toArray()).not.toEqual(b.toArray());
  });
});

describe("invokes", () => {
  test("each sees its own rows, values cross freely, an invoke without input sees all", async () => {
    const { a, b, all } = await tiny.trace((tracer) => {
      const a = tracer.invoke(input, () => tiny.layer1.output);
      const b = tracer.invoke(input2, () => {
        tiny.layer1.output = a;
        return tiny.layer2.output;
      });
      return { a, b, all: tracer.invoke(() => tiny.layer2.output) };
    });
    close(a, net.layer1(input));
    close(b, net(input));
    expect(all.shape).toEqual([2, 10]);
    close(all.at("0:1"), net(input));
    const flagged = tiny.trace({ validate: true }, (tracer) => tracer.invoke(input, () => tiny.output));
    close(await flagged, net(input));
  });

  test("in blocks", async () => {
    {
      await using tracer = tiny.trace();
      {
        using first = tracer.invoke(input);
        var a = tiny.output.save();
        expect(first.rows).toBe(1);
      }
      {
        using second = tracer.invoke(
          tensor([
            [1, 1, 1, 1, 1],
            [2, 2, 2, 2, 2],
          ]),
        );
        var b = tiny.output.save();
        expect(second.rows).toBe(2);
      }
    }
    close(a, net(input));
    close(
      b,
      net(
        tensor([
          [1, 1, 1, 1, 1],
          [2, 2, 2, 2, 2],
        ]),
      ),
    );
  });

  test("a value without the batch axis is refused with several invokes, and right with one", async () => {
    class Mixed extends nn.Module {
      total = new nn.WrapperModule();
      forward(x: Tensor): Tensor {
        return x.add(this.total(x.sum(0)));
      }
    }
    const model = new NNsight(new Mixed());
    const one = await model.trace((tracer) => tracer.invoke(tensor([[1, 2]]), () => model.total.output));
    expect(one.toArray()).toEqual([1, 2]);
    await expect(
      model.trace((tracer) => {
        tracer.invoke(tensor([[1, 2]]), () => model.total.output.save());
        tracer.invoke(tensor([[3, 4]]), () => undefined);
      }),
    ).rejects.toThrow("total.output is float32[2]: it has no batch axis");
  });
});

describe("sizes", () => {
  test("a forward that reads a size is recorded for that size", async () => {
    class Sized extends nn.Module {
      inner = new nn.WrapperModule();
      forward(x: Tensor): Tensor {
        return this.inner(x.reshape([x.shape[0]! * x.shape[1]!])).mul(x.shape[0]!);
      }
    }
    const model = new NNsight(new Sized());
    expect((await model.trace(tensor([[1, 2]]), () => model.output)).toArray()).toEqual([1, 2]);
    expect(
      (
        await model.trace(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          () => model.output,
        )
      ).toArray(),
    ).toEqual([2, 4, 6, 8]);
  });

  test("module called twice: two hooks", async () => {
    class Twice extends nn.Module {
      half = new nn.Linear(2, 2);
      forward(x: Tensor): Tensor {
        return this.half(this.half(x));
      }
    }
    const own = new Twice();
    const model = new NNsight(own);
    const { first, second } = await model.trace(tensor([[1, 2]]), () => ({
      first: model.half.output,
      second: model.half.calls[1]!.output,
    }));
    close(first, own.half(tensor([[1, 2]])));
    close(second, own(tensor([[1, 2]])));
    await expect(model.trace(tensor([[1, 2]]), () => model.half.calls[2]!.output)).rejects.toThrow(
      "'half' is called 2 times in a run: there is no calls[2].",
    );
  });
});

describe("what is refused", () => {
  const refused: readonly [string, () => unknown, string][] = [
    ["a wrong shape", () => tiny.trace(tensor([[1, 2, 3]]), () => tiny.output), "layer1"],
    [
      "an unknown module",
      () =>
        tiny.trace(input, () => (tiny as unknown as Record<string, { output: Tensor }>)["layer3"]!.output),
      "NNsight has no 'layer3'. Did you mean 'layer1', 'layer2'?",
    ],
    [
      "a lazy value as a string",
      () => tiny.trace(input, () => `${tiny.layer1.output}`),
      "cannot be used as a string, a key or an index",
    ],
    [
      "a lazy value as a number",
      () => tiny.trace(input, () => Math.sqrt(tiny.layer1.output as unknown as number)),
      "cannot be used as a number",
    ],
    [
      "a lazy value as an index",
      () => tiny.trace(input, () => [1, 2][tiny.layer1.output as unknown as number]),
      "cannot be used as a string, a key or an index",
    ],
    [
      "a lazy value as JSON",
      () => tiny.trace(input, () => JSON.stringify(tiny.layer1.output)),
      "cannot be used as JSON",
    ],
    [
      "a lazy value spread",
      () => tiny.trace(input, () => [...(tiny.layer1.output as unknown as Iterable<unknown>)]),
      "Loop over it with `tracer.iter(value, (item) => …)`",
    ],
    [
      "an async callback",
      () => tiny.trace(input, async () => tiny.layer1.output),
      "the callback of trace is async",
    ],
    ["no input", () => tiny.trace(() => undefined), "the trace has no input"],
    ["text for a network", () => tiny.trace("hello", () => tiny.output), "for text load a LanguageModel"],
    [
      "writing into a view",
      () => tiny.trace(input, () => tiny.layer1.output.reshape([10]).fill(0)),
      "writing into the result of reshape() would be lost",
    ],
    [
      "another dtype",
      () =>
        tiny.trace(input, () => {
          tiny.layer1.output = tiny.layer1.output.long();
        }),
      "layer1.output is float32, but int64 was assigned",
    ],
    [
      "another shape",
      () =>
        tiny.trace(input, () => {
          tiny.layer1.output = tensor([[1, 2]]);
        }),
      "layer1.output is float32[batch=1, 10], but float32[1, 2] was assigned",
    ],
    [
      "another form",
      () =>
        stream.trace(x, () => {
          (stream.layers[0] as unknown as { output: Tensor }).output = stream.layers[0]!.output[0];
        }),
      "layers.0.output holds tensors at [0], but was given a tensor",
    ],
    [
      "a parameter written in a trace",
      () => tiny.trace(input, () => tiny.layer1.weight.fill(0)),
      "read-only inside a trace",
    ],
    [
      "another invoke inside",
      () => tiny.trace((tracer) => tracer.invoke(input, () => tracer.invoke(input2, () => 1))),
      "an invoke cannot be opened inside another one",
    ],
  ];
  test.each(refused)("%s", async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
    expect(openContexts()).toEqual([]);
  });

  test("an error in the body poisons the trace: nothing runs, the first error is seen", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    await expect(
      tiny.trace(input, () => {
        log("ran");
        try {
          tiny.layer1.output.add(tensor([1, 2, 3]));
        } catch {}
        tiny.layer1.output.sum(7);
      }),
    ).rejects.toThrow("do not broadcast");
    expect(lines).not.toHaveBeenCalled();
    lines.mockRestore();
  });

  test("a trace inside a trace, with the line of the outer one", async () => {
    await expect(tiny.trace(input, () => void tiny.trace(input2, () => 1).catch(() => {}))).rejects.toThrow(
      /a trace cannot be opened while the trace opened at nnsight\.test\.ts:\d+:\d+ is still open/,
    );
  });

  test("a trace never closed is reported by the next reset, and by its values", () => {
    tiny.trace(input);
    const value = tiny.layer1.output.save();
    expect(openContexts()).toEqual([
      { kind: "trace", line: expect.stringMatching(/^nnsight\.test\.ts:\d+:\d+$/) },
    ]);
    resetContexts();
    expect(() => value.toArray()).toThrow("was never closed, so nothing was run");
  });

  test("a value that was not saved says so", async () => {
    let kept: Tensor | undefined;
    await tiny.trace(input, () => {
      kept = tiny.layer1.output;
    });
    expect(() => kept!.toArray()).toThrow("It was not saved in the trace opened at nnsight.test.ts");
  });

  test("reading outside a trace", () => {
    expect(() => tiny.layer1.output).toThrow("layer1.output is read outside a trace");
  });

  test("rule 10: names of the language are undefined, so a model can be awaited", async () => {
    const model = await Promise.resolve(tiny);
    expect(model.layer1).toBeDefined();
    expect((tiny as unknown as Record<string, unknown>)["then"]).toBeUndefined();
    expect((tiny as unknown as Record<string, unknown>)["toJSON"]).toBeUndefined();
  });
});

describe("modules that the user calls", () => {
  test("what is written at an edge of such a call may be made after the call, in the order of writing", async () => {
    const { out, changed } = await tiny.trace(input, () => {
      const hidden = tiny.layer1.output;
      const out = tiny.layer2(hidden);
      tiny.layer2.calls[1]!.input = hidden.mul(2);
      const changed = tiny.layer2(hidden);
      tiny.layer2.calls[2]!.output = tiny.layer2.calls[2]!.output.add(hidden.sum());
      return { out, changed };
    });
    const hidden = net.layer1.forward(input);
    close(out, net.layer2.forward(hidden.mul(2)));
    close(changed, net.layer2.forward(hidden).add(hidden.sum()));
  });

  test("what a call gives cannot be written into it", async () => {
    for (const edge of ["input", "output"] as const)
      await expect(
        tiny.trace(input, () => {
          const out = tiny.layer2(tiny.layer1.output);
          tiny.layer2.calls[1]![edge] = out.mul(2);
        }),
      ).rejects.toThrow(
        `what this call of 'layer2' gives is written to layer2.calls[1].${edge}, which is before it`,
      );
  });

  test("calls are counted in the order of writing, whatever comes first in the run", async () => {
    const { late, early } = await tiny.trace(input, () => {
      tiny.layer2(tiny.layer2.output);
      tiny.layer2(tiny.layer1.output);
      return { late: tiny.layer2.calls[1]!.output, early: tiny.layer2.calls[2]!.output };
    });
    const hidden = net.layer1.forward(input);
    close(early, net.layer2.forward(hidden));
    close(late, net.layer2.forward(net.layer2.forward(hidden)));
  });
});

test("lines of log at one time come in the order of writing, also before the model begins", async () => {
  const spy = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await tiny.trace(input, () => {
    log("first", tiny.input.mul(0).sum());
    log("second");
    log("third", tiny.layer1.input.mul(0).sum());
  });
  expect(spy.mock.calls.map(([line]) => String(line).split(" ")[0])).toEqual(["first", "second", "third"]);
  spy.mockRestore();
});

test("a forward may repeat a value to sizes that only the run knows", async () => {
  class Repeats extends nn.Module {
    first = new nn.Linear(3, 3);
    forward(x: Tensor): Tensor {
      const row = tensor([[1, 2, 3]]);
      return row.expandAs(this.first(x)).cumsum(0);
    }
  }
  const repeats = new NNsight(new Repeats());
  const made = await repeats.trace(ops.rand(2, 3), () => repeats.output);
  expect(made.toArray()).toEqual([
    [1, 2, 3],
    [2, 4, 6],
  ]);
});
