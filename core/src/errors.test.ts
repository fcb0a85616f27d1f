/** What each mistake says (api.md §6; NNsight's errors of 0.3 and 0.4): class, code and message, and the user's line. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { golden } from "../goldens/files.ts";
import { input, input2, net, tiny } from "../goldens/tiny.ts";
import * as nnsight from "./index.ts";
import {
  CONFIG,
  LanguageModel,
  NNsight,
  NNsightError,
  nn,
  ops,
  resetContexts,
  type Tensor,
  tensor,
} from "./index.ts";
import { genericIntake } from "./model/generic-intake.ts";
import { nameModel } from "./model/hosted.ts";

beforeEach(() => resetContexts());

/** Without places of this machine and counters of this process. */
const masked = (message: string): string =>
  message
    .replaceAll(/[\w.-]+\.test\.ts:\d+:\d+/g, "<line>")
    .replaceAll(/(?<=in Graph: ')\d+/g, "<id>")
    .replaceAll(process.cwd(), "<folder>");

async function caught(mistake: () => unknown): Promise<Error> {
  try {
    await mistake();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

type Mistakes = Record<string, () => unknown>;

function each(mistakes: Mistakes): void {
  test.each(Object.entries(mistakes))("%s", async (_, mistake) => {
    const error = await caught(mistake);
    const code = error instanceof NNsightError ? error.code : "the user's own";
    expect(`${error.name} (${code})\n${masked(error.message)}`).toMatchSnapshot();
    expect(error.stack! + error.message).toContain("errors.test.ts:");
  });
}

// biome-ignore lint/suspicious/noExplicitAny: mistakes that the types would not allow
const any = (x: unknown): any => x;

const twice = (x: Tensor): Tensor => x.mul(2);

const unset = async (): Promise<Tensor> => {
  let late!: Tensor;
  await tiny.trace(input, () => {
    late = tiny.layer2.output.save();
    tiny.layer1.output.stop();
  });
  return late;
};

describe("values that are not there", () => {
  each({
    "S9: a save after a stop": async () => (await unset()).toArray(),
    "a value that was not saved": async () => {
      let value!: Tensor;
      await tiny.trace(input, () => void (value = tiny.layer1.output));
      value.item();
    },
    "a value of a branch that was not taken": async () => {
      const value = await tiny.trace(input, (tr) => tr.cond(false, () => nnsight.int(1).save()));
      return any(value).value;
    },
    "a value that is no tensor, before the run": () =>
      tiny.trace(input, () => {
        nnsight.int(1).value;
      }),
    "numbers of a lazy tensor": () => tiny.trace(input, () => tiny.layer1.output.toArray()),
    "data of a lazy tensor": () => tiny.trace(input, () => tiny.layer1.output.data),
    "numbers of what a function gives": () =>
      tiny.trace(input, () => any(nnsight.apply(twice, tiny.layer1.output)).data),
    "the dtype of what a function gives": () =>
      tiny.trace(input, () => any(nnsight.apply(twice, tiny.layer1.output)).dtype),
    "a lazy tensor as a number": () => tiny.trace(input, () => Math.sqrt(any(tiny.layer1.output))),
    "a lazy tensor as a text": () => tiny.trace(input, () => `${any(tiny.layer1.output)}`),
    "a lazy tensor as an index of an array": () => tiny.trace(input, () => [1, 2][any(tiny.layer1.output)]),
    "a lazy tensor in JSON": () => tiny.trace(input, () => JSON.stringify(tiny.layer1.output)),
    "a context that was never closed": () => {
      tiny.trace(input);
      const value = tiny.layer1.output.save();
      resetContexts();
      value.toArray();
    },
  });
});

describe("contexts", () => {
  each({
    "a module outside a trace": () => tiny.layer1.output,
    "two invokes open": () => tiny.trace((tr) => tr.invoke(input, () => tr.invoke(input2, () => undefined))),
    "an invoke in a trace with an input": () => tiny.trace(input, (tr) => tr.invoke(input2, () => undefined)),
    "no input": () => tiny.trace(() => tiny.layer1.output),
    "an input of the same trace": () =>
      tiny.trace((tr) => tr.invoke(ops.rand([1, 5]), () => tiny.layer1.output)),
    "no input and nothing read": () => tiny.trace(() => undefined),
    "a trace in a trace": () => tiny.trace(input, () => tiny.trace(input, () => undefined)),
    "a session in a session": () => tiny.session(() => tiny.session(() => undefined)),
    "a module in a session outside every trace": () => tiny.session(() => tiny.layer1.output),
    "awaiting a trace of an open session": async () => {
      await using session = tiny.session();
      await tiny.trace(input, () => session && tiny.layer1.output);
    },
    "exit of a session that has ended": async () => {
      let ended: nnsight.Session | undefined;
      await tiny.session((s) => void (ended = s));
      ended!.exit();
    },
    "stop before anything is read": () => tiny.trace(input, (tr) => tr.stop()),
    "stop of a concrete tensor": () => input.stop(),
    "an async callback": () => tiny.trace(input, async () => tiny.layer1.output),
    "a trace that is not awaited": () => {
      using _ = any(tiny.trace(input));
    },
    "an invoke that is awaited": async () => {
      await using tr = tiny.trace();
      await using _ = any(tr.invoke(input));
    },
    "a cond that is never closed": () =>
      tiny.trace(input, (tr) => {
        tr.cond(true);
        return tiny.layer1.output;
      }),
    "an else that is never closed": () =>
      tiny.trace(input, (tr) => {
        tr.cond(true, () => undefined);
        tr.else();
      }),
    "an invoke that is never closed": () => tiny.trace((tr) => void tr.invoke(input)),
    "a loop that is never closed": () => tiny.session((s) => void s.iter([1, 2])),
    "a trace of a session that is never closed": () => tiny.session(() => void tiny.trace(input)),
    "a trace of no model": () => tiny.session((s) => s.trace(any(undefined), input, () => undefined)),
    "a callback of a plain run": () =>
      tiny.trace(
        input,
        { trace: false },
        any(() => tiny.layer1.output),
      ),
    "an input with a name that is none": () =>
      tiny.trace(any({ args: [input], kwarg: {} }), () => tiny.output),
    "an option that is not known": () => tiny.trace(input, any({ remot: true }), () => undefined),
    "a remote that is none": () => tiny.trace(input, any({ remote: "elf" }), () => undefined),
    "a model of no module": () => new NNsight(any(undefined)),
    "an option of a model that is not known": () => new NNsight(new nn.Linear(2, 2), any({ renam: {} })),
    "an option of loading that is not known": () => LanguageModel.load("x", any({ dispach: true })),
    "a model without a name": () => LanguageModel.load(any(undefined)),
    "options that are none": () => tiny.trace(input, any(5), () => undefined),
    "more arguments than there are places": () => any(tiny).trace(input, input, {}, () => undefined),
    "another model's module": () => {
      const other = new NNsight(new nn.Linear(5, 5));
      return tiny.trace(input, () => other.output);
    },
    "log outside": () => nnsight.log("x"),
    "apply outside": () => nnsight.apply(() => 1),
    "a built-in outside": () => nnsight.list([1]),
  });
});

describe("writing", () => {
  each({
    "time travel": () =>
      tiny.trace(input, () => void (tiny.layer1.input = tiny.layer2.output.at("...", "0:5"))),
    "a number as an output": () => tiny.trace(input, () => void (any(tiny.layer1).output = 3)),
    "the promise of a trace": () =>
      tiny.session(() => {
        const first = tiny.trace(input, () => tiny.layer1.output);
        tiny.trace(input, () => void (tiny.layer1.output = any(first)));
      }),
    "an output outside a trace": () => void (tiny.layer1.output = input),
    "a name that is not there": () => tiny.trace(input, () => void (any(tiny.layer1).outputs = 3)),
    "what cannot be deleted": () => tiny.trace(input, () => void delete any(tiny.layer1).output),
    "a parameter that is no tensor": () => void (any(tiny.layer1).weight = "x"),
    "another shape": () => tiny.trace(input, () => void (tiny.layer1.output = ops.zeros(1, 3))),
    "another dtype": () =>
      tiny.trace(input, () => void (tiny.layer1.output = ops.zeros([1, 10], { dtype: "int64" }))),
    "another form": () => tiny.trace(input, () => void (any(tiny.layer1).output = [input])),
    "into the result of an op": () => tiny.trace(input, () => void tiny.layer1.output.reshape(10).fill(0)),
    "a lazy value into a concrete tensor": () =>
      tiny.trace(input, () => void input.set([0], tiny.layer1.output)),
    "a parameter in a trace": () => tiny.trace(input, () => void tiny.layer1.weight.fill(0)),
    "a parameter of another shape": () => void (net.layer1.weight = ops.zeros(1, 1)),
    "a method of a model": () => void (any(tiny).trace = 1),
    "a module that never runs": () => {
      class Idle extends nn.Module {
        used = new nn.Linear(2, 2);
        idle = new nn.Linear(2, 2);
        forward(x: Tensor): Tensor {
          return this.used(x);
        }
      }
      const idle = new NNsight(new Idle());
      return idle.trace(ops.ones(1, 2), () => idle.idle.output.fill(0));
    },
    "a call that there is not": () => tiny.trace(input, () => tiny.layer1.calls[3]!.output),
    "an edit before the inputs are known": () => {
      class Any extends nn.Module {
        forward(x: Tensor): Tensor {
          return x.mul(2);
        }
      }
      const model = new NNsight(new Any());
      return model.edit(() => void model.output.fill(0));
    },
  });
});

describe("the run", () => {
  each({
    "S11: a condition of several values": () =>
      tiny.trace(input, (tr) => tr.cond(tiny.layer1.output.ne(1), () => undefined)),
    "a function that throws": () =>
      tiny.trace(input, (tr) =>
        tr.apply(() => {
          throw new RangeError("mine");
        }),
      ),
    "native control flow that is turned off": async () => {
      CONFIG.APP.CONTROL_FLOW_HANDLING = false;
      try {
        const flow = any(globalThis)[Symbol.for("nnsight.flow")];
        await tiny.trace(input, () => flow.select(tiny.layer1.output.sum(), Object, Object));
      } finally {
        CONFIG.APP.CONTROL_FLOW_HANDLING = true;
      }
    },
    "a gradient through a function of one's own": () =>
      tiny.trace(input, () => {
        const hidden = tiny.layer1.output;
        tiny.layer1.output = any(nnsight.apply((x: Tensor) => x, hidden));
        tiny.output.sum().backward();
        return hidden.grad;
      }),
    "a loss of what a function gives": () =>
      tiny.trace(input, () => any(nnsight.apply(twice, tiny.layer1.output)).sum().backward()),
    "a gradient of what a list holds": () =>
      tiny.trace(input, () => {
        const kept = nnsight.list();
        kept.append(tiny.layer1.output);
        tiny.output.sum().backward();
        return any(kept)[0].grad;
      }),
    "a gradient of an item of a loop, apart": () =>
      tiny.trace(input, (tr) =>
        tr.iter([1, 2], (factor) => ops.grad(tiny.output.mul(factor).sum(), [tiny.layer1.output])),
      ),
    "a gradient of another shape to begin with": () =>
      tiny.trace(input, () => tiny.output.backward(ops.ones(3))),
    "a gradient that is a number": () =>
      tiny.trace(input, () => {
        tiny.layer1.output.grad = any(2);
      }),
    "a gradient of several numbers, apart": () =>
      tiny.trace(input, () => ops.grad(tiny.output, [tiny.layer1.output])),
    "a gradient of a gradient": () =>
      tiny.trace(input, () => {
        const hidden = tiny.layer1.output;
        tiny.output.pow(3).sum().backward();
        return ops.grad(hidden.grad.sum(), [hidden]);
      }),
  });
});

describe("names, indices, sizes", () => {
  each({
    "a module that there is not": () => any(tiny).layer3,
    "an index outside": () => tiny.trace(input, () => tiny.layer1.output.at(0, 10)),
    "an index outside of a concrete tensor": () => tensor([1, 2]).at(2),
    "a key that an output does not have": () => {
      class Dict extends nn.Module {
        forward(x: Tensor): { logits: Tensor } {
          return { logits: x };
        }
      }
      const model = new NNsight(new Dict());
      return model.trace(input, () => any(model).output.logit);
    },
    "a tuple used as a tensor": () => {
      class Tuple extends nn.Module {
        forward(x: Tensor): [Tensor] {
          return [x];
        }
      }
      const model = new NNsight(new Tuple());
      return model.trace(input, () => any(model).output.mul(2));
    },
    "sizes that do not fit": () => tiny.trace(input, () => tiny.layer1.output.matmul(tiny.layer1.output)),
    "an argument that is no tensor": () => tiny.trace(input, () => tiny.layer1.output.add(any("x"))),
    "a state dict with a wrong name": () => net.loadStateDict({ ...net.stateDict(), "layer1.wight": input }),
    "an input that is none": () => tiny.trace(any("text"), () => tiny.layer1.output),
    "invokes that make no batch": () =>
      tiny.trace((tr) => {
        tr.invoke(input, () => tiny.layer1.output);
        tr.invoke(ops.zeros([1, 5], { dtype: "int64" }), () => undefined);
      }),
  });
});

describe("language models", async () => {
  const cache = mkdtempSync(join(tmpdir(), "nnsight-"));
  afterAll(() => rmSync(cache, { recursive: true }));
  vi.stubEnv("NNSIGHT_CACHE", cache);
  const lm = await LanguageModel.load(golden("tiny.gguf"), { progress: () => undefined });
  vi.unstubAllEnvs();
  each({
    "an empty prompt": () => lm.trace([[]], () => lm.output.logits),
    "an empty one of several": () => lm.trace([[1], []], () => lm.output.logits),
    "no prompts": () => lm.trace([], () => lm.output.logits),
    "a prompt that is none": () => lm.trace(any(new Date(0)), () => lm.output.logits),
    "an id outside the vocabulary": () => lm.trace([1e6], () => lm.output.logits),
    "a seed that is no whole number": () => lm.generate([1], { temperature: 1, seed: 1.5, trace: false }),
    "a callback of a plain generation": () =>
      lm.generate(
        [1],
        { trace: false },
        any(() => 1),
      ),
    "a stop string of nothing": () => lm.generate([1], { stopStrings: ["\n", ""], trace: false }),
    "an end that is no id": () => lm.generate([1], { eos: any("</s>"), trace: false }),
    "nobody to be told of tokens": () => lm.generate([1], { onToken: any(true), trace: false }),
    "an async function that is told of tokens": () =>
      lm.generate([1], { onToken: async () => {}, trace: false }),
    "a model that is nowhere": () => LanguageModel.load("./nowhere.gguf"),
  });
});

test("each class has a code of its own, and is an NNsightError", () => {
  const classes = Object.values(nnsight).filter(
    (one): one is typeof NNsightError => typeof one === "function" && one.prototype instanceof NNsightError,
  );
  const codes = classes.map((One) => [One.name, new One("x").code]);
  expect(Object.fromEntries(codes)).toEqual({
    AttributeError: "ATTRIBUTE",
    IndexError: "INDEX",
    KeyError: "KEY",
    RemoteError: "REMOTE",
    RuntimeError: "RUNTIME",
    ShapeError: "SHAPE",
    TypeError: "TYPE",
    ValueError: "VALUE",
  });
  expect(new NNsightError("x").code).toBe("NNSIGHT");
});

describe("loops", () => {
  each({
    "a lazy list spread": () => tiny.session((s) => [...s.list()]),
    "Array.from of a lazy tensor": () => tiny.trace(input, () => Array.from(tiny.layer1.output)),
    "map of a lazy list": () => tiny.session((s) => (s.list([1]) as unknown as number[]).map((x) => x + 1)),
    "map of a lazy tensor": () =>
      tiny.trace(input, () => (tiny.layer1.output as unknown as number[]).map((x) => x + 1)),
    "what has no items": () => tiny.session((s) => s.iter(s.int(3), () => undefined)),
    "a variable that grows": () =>
      tiny.session((s) => {
        const grown = s.trace(tiny, input, () => tiny.output);
        s.iter([1, 2], () => void grown.update(ops.cat([grown, grown])));
      }),
    "a concrete tensor changed in a body": () => {
      const counts = tensor([0]);
      return tiny.session((s) => s.iter([1], () => void counts.add_(1)));
    },
    "an exit inside a trace": () =>
      tiny.session((s) => void s.iter([1], (_, it) => void tiny.trace(input, () => it.exit()))),
    "an exit after the loop": async () => {
      let late: { exit(): void } | undefined;
      await tiny.session((s) => void s.iter([1], (_, it) => void (late = it)));
      late!.exit();
    },
    "an async body": () => tiny.session((s) => s.iter([1], async () => undefined)),
    "a later value written earlier by way of a loop": () =>
      tiny.trace(input, (tr) => {
        tr.iter([1], () => void tiny.layer1.output.add_(tiny.layer2.output));
      }),
    "an exception in a body": () =>
      tiny.session((s) => {
        s.iter([1], () => {
          throw new RangeError("mine");
        });
      }),
    "a value of a turn that did not come": () =>
      tiny
        .session((s) => {
          let inner!: Tensor;
          s.iter([], () => void (inner = ops.rand([1])));
          return inner.add(1);
        })
        .then((value) => value.toArray()),
    "a trace that uses what was not made": () =>
      tiny.session((s) => {
        let hidden!: Tensor;
        s.cond(false, () => void (hidden = s.trace(tiny, input, () => tiny.layer1.output)));
        tiny.trace(input, () => void (tiny.layer1.output = hidden));
      }),
    "a tensor where a module takes one of another shape": () =>
      tiny.trace(input, (tr) => {
        tiny.layer1.output = any(tr.apply(() => tensor([1, 2, 3])));
        return tiny.output;
      }),
  });
});

describe("remote runs", () => {
  const intake = { key: "tiny", module: net, intake: genericIntake(net) };
  const away = { remote: true } as const;
  each({
    "no service is known": () => {
      nameModel(intake);
      return tiny.trace(input, away, () => tiny.layer1.output);
    },
    "a function that cannot be recorded": () =>
      tiny.trace(input, away, (tr) =>
        tr.apply(function first(x: Tensor) {
          return x.data[0];
        }, tiny.layer1.output),
      ),
    "a function that gives nothing of the run": () =>
      tiny.trace(input, away, (tr) =>
        tr.apply(function now() {
          return 1;
        }),
      ),
    "a module that is not the model's": () => {
      const own = new nn.Linear(10, 10);
      return tiny.trace(input, away, () => own(tiny.layer1.output));
    },
    "a model that no service has": () => {
      const own = new NNsight(new nn.Linear(5, 5));
      return own.trace(input, away, () => own.output);
    },
    "a generation that tells each token": () => {
      const lm = LanguageModel.random({
        model_type: "gpt2",
        n_layer: 1,
        n_embd: 8,
        n_head: 2,
        vocab_size: 9,
      });
      return lm.generate([1, 2], { ...away, onToken: () => undefined }, () => lm.generator.output);
    },
    "a remote trace in a session that runs here": () =>
      tiny.session(() => void tiny.trace(input, away, () => tiny.layer1.output)),
  });
});

describe("operations, views, edits and programs in files", () => {
  each({
    "an operation that is not there": () => tiny.trace(input, () => tiny.layer1.source["linaer_0"]!.output),
    "the source of one operation": () => tiny.trace(input, () => tiny.layer1.source["linear_0"]!.source),
    "an operation that is assigned": () =>
      tiny.trace(input, () => {
        any(tiny.layer1.source).linear_0 = tiny.layer1.output;
      }),
    "a view by a name that is taken": () => {
      const own = new NNsight(new nn.Sequential({ layer1: new nn.Linear(2, 2) }), {
        envoys: { layer1: () => ({ weight: 1 }) },
      });
      return own.layer1.weight;
    },
    "an edit with a function of one's own, in a file": async () => {
      const edited = await tiny.edit((editor) => {
        tiny.layer1.output = any(
          editor.apply(function half(x: Tensor) {
            return x.div(2);
          }, tiny.layer1.output),
        );
      });
      return nnsight.saveEdits(edited, "own.safetensors");
    },
    "edits of a file that is not there": () => nnsight.loadEdits(tiny, "nowhere.safetensors"),
    "edits of no model": () => nnsight.listEdits({}),
    "a sweep of no cells at once": () => nnsight.sweep({ item: 2 }, () => 1, { chunk: 0 }),
    "an option of a sweep that is not known": () => nnsight.sweep({ item: 2 }, () => 1, any({ chunks: 2 })),
    "a sweep whose cells return nothing": async () =>
      (await nnsight.sweep({ item: 2 }, () => undefined)).tensor(),
    "an option of an optimizer that is not known": () =>
      new nnsight.optim.Adam([ops.zeros(2)], any({ learningRate: 1 })),
    "a learning rate below 0": () => new nnsight.optim.SGD([ops.zeros(2)], { lr: -1 }),
    "an optimizer of nothing": () => new nnsight.optim.Adam([]),
    "an optimizer of a parameter that is not there": () => new nnsight.optim.Adam([[net.layer1, "wieght"]]),
    "a step by a gradient of another shape": () =>
      new nnsight.optim.SGD([ops.zeros(10)]).step([ops.ones(1, 10)]),
    "an optimizer that is used in a session that it was not made in": () => {
      const vector = ops.zeros(10);
      const optimizer = new nnsight.optim.SGD([vector]);
      return tiny.session((s) => {
        const gradient = s.trace(tiny, input, () => {
          tiny.layer1.output.add_(vector);
          tiny.output.sum().backward();
          return vector.grad;
        });
        optimizer.step([gradient]);
      });
    },
  });
});
