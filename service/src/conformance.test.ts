/** Every row of the two documents once more with `remote: true`, on the hosted model: bit for bit what a run here gives. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as nnsight from "nnsight-ts";
import { CONFIG, LanguageModel, nn, ops, resetContexts, Tensor } from "nnsight-ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { model, type Service, startServe } from "./testing/process.ts";

let service: Service;
let lm: LanguageModel;
beforeAll(async () => {
  service = await startServe("--memory-only", "--seconds", "30");
  Object.assign(CONFIG.API, { HOST: service.url, APIKEY: service.key });
  lm = await LanguageModel.load(model, { progress: () => undefined });
}, 120_000);
afterAll(() => service?.stop());
beforeEach(() => {
  resetContexts();
  lm?.clearEdits();
});

type Options = { readonly remote: boolean };
const hello = "Hello World";
const eiffel = "The Eiffel Tower is in the city of";
const block = (at: number) => lm.model.layers[at]!;

/** What a row gives, as plain data; tensors by their bytes. */
function plain(made: unknown): unknown {
  if (made instanceof Tensor)
    return [made.dtype, made.shape, Buffer.from(made.data.buffer).toString("base64")];
  if (Array.isArray(made)) return made.map(plain);
  if (made instanceof nnsight.NNsightError)
    return [made.code, made.message.replace(/Graph: '\d+'/, "").replaceAll(/\d+:\d+/g, "")];
  if (typeof made === "object" && made !== null)
    return Object.fromEntries(Object.entries(made).map(([key, value]) => [key, plain(value)]));
  return made;
}

/** What it gives or raises, and what it printed and logged. */
async function outcome(row: (options: Options) => unknown, options: Options): Promise<unknown> {
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...parts) => void printed.push(parts.join(" ")));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed.push(...[...String(text).matchAll(/ - LOG: (.*)/g)].map(([, line]) => line!));
    return true;
  });
  nnsight.manualSeed(7);
  try {
    const made = await Promise.resolve(row(options)).catch((error: unknown) => error);
    return { made: plain(made), printed };
  } finally {
    vi.restoreAllMocks();
  }
}

const nested = (s: nnsight.Session, list: unknown[]) => {
  const found = s.list();
  s.iter(nnsight.list(list), (outer) => {
    s.iter(outer, (inner) => found.append(inner));
  });
  return found;
};

const rows: Readonly<Record<string, (options: Options) => unknown>> = {
  "S0: what a block gives": (o) => lm.trace(hello, o, () => block(0).output[0]),
  "S1: inputs of a block, and its input": (o) => lm.trace(hello, o, () => [block(1).inputs, block(1).input]),
  "S2: shapes while it is written": (o) =>
    lm.trace(hello, { ...o, scan: true, validate: true }, () => block(1).output[0].shape),
  "S3: numbers, lists and dicts in each other": (o) =>
    lm.trace("_", o, () => {
      const number = nnsight.int(5);
      const list = nnsight.list();
      list.append(number);
      return { number, list, dict: nnsight.dict({ five: number }) };
    }),
  "S4: a string is given a new value": (o) =>
    lm.trace("_", o, () => {
      const text = nnsight.str("I am a ");
      text.update(text.add("Transformer"));
      return text;
    }),
  "S5: printing a lazy value": (o) => lm.trace("_", o, () => console.log(`${block(0).output[0]}`)),
  "S6: a log line as Python prints it": (o) =>
    lm.trace("_", o, () => nnsight.log("Block 0 - out: ", block(0).output[0].at(0, 0, "0:4"))),
  "S8: a stop leaves what comes later undone": (o) =>
    lm.trace(hello, o, () => {
      const early = block(0).output[0].save();
      block(0).output[0].stop();
      return early;
    }),
  "S9: the use of what was not reached": async (o) => {
    const late = await lm.trace(hello, o, () => {
      const late = block(5).output[0].save();
      block(0).output[0].stop();
      return late;
    });
    return late.add(1);
  },
  "S10: conditions on a number that is drawn": (o) =>
    lm.trace("_", o, (tracer) => {
      const number = ops.randint(-10, 10, [1]).item();
      const kind = tracer.cond(
        number.mod(2).eq(0),
        () => tracer.str("even"),
        () => tracer.str("odd"),
      );
      return { number, kind };
    }),
  "S11: a condition of many values": (o) =>
    lm.trace("_", o, (tracer) => {
      tracer.cond(block(0).output[0].ne(1), () => nnsight.log("never"));
    }),
  "S12: all of them decide": (o) =>
    lm.trace("_", o, (tracer) => {
      tracer.cond(ops.all(block(0).output[0].ne(1)), () => nnsight.log("all"));
    }),
  "S13: conditions nest on a number made by apply": (o) =>
    lm.trace("_", o, (tracer) => {
      const number = tracer.apply(Number, 6);
      tracer.cond(number.gt(5), () => tracer.cond(number.lt(7), () => nnsight.log(number)));
    }),
  "S14: an edited copy and the original": async (o) => {
    const edited = await lm.edit(() => void block(2).mlp.output.fill(0));
    return [
      await edited.trace(hello, o, () => edited.output.logits),
      await lm.trace(hello, o, () => lm.output.logits),
    ];
  },
  "S16: an edit in place, then cleared": async (o) => {
    await lm.edit({ inplace: true }, () => void block(2).mlp.output.fill(0));
    const changed = await lm.trace(hello, o, () => lm.output.logits);
    lm.clearEdits();
    return [changed, await lm.trace(hello, o, () => lm.output.logits)];
  },
  "S17: three empty traces": (o) =>
    lm.session(o, () => {
      for (let i = 0; i < 3; i++) lm.trace("_", () => undefined);
    }),
  "S18: a value of one trace in another": (o) =>
    lm.session(o, (s) => {
      const last = s.trace(lm, eiffel, () => block(-1).output[0].at(":", -1, ":"));
      return s.trace(lm, hello, () => {
        block(-2).output[0].set([":", -1, ":"], last);
        return lm.output;
      });
    }),
  "S19: an exit ends the session": (o) =>
    lm.session(o, (s) => {
      const list = s.list([0, 1]);
      nnsight.log("-- Early Stop --");
      s.exit();
      list.append(2);
      return list;
    }),
  "S20: a loop over prompts": (o) =>
    lm.session(o, (s) => {
      const results = s.list();
      s.iter(nnsight.list([hello, eiffel, "_"]), (prompt) => {
        lm.trace(prompt, () => void results.append(lm.lm_head.output));
      });
      return results;
    }),
  "S21: a loop over a lazy list": (o) =>
    lm.session(o, (s) => void s.iter(nnsight.list([0, 1, 2]), (item) => nnsight.log(item))),
  "S22: loops over five lists of one": (o) => lm.session(o, (s) => nested(s, [[10], [10], [10], [10], [10]])),
  "S23: a condition skips turns": (o) =>
    lm.session(o, (s) => {
      s.iter([0, 1, 2, 3], (item, iterator) => iterator.cond(item.mod(2).eq(0), () => nnsight.log(item)));
    }),
  "S24: an exit under a condition ends the loop": (o) =>
    lm.session(o, (s) => {
      s.iter([0, 1, 2, 3], (item, iterator) => {
        iterator.cond(item.eq(2), () => iterator.exit());
        nnsight.log(item);
      });
    }),
  "S25: empty traces in a loop": (o) =>
    lm.session(o, (s) => {
      s.iter([0, 1], () => {
        lm.trace("_", () => undefined);
        lm.trace("_", () => undefined);
      });
    }),
  "S26: an inner loop over the outer item": (o) => lm.session(o, (s) => nested(s, [[0], [1], [2]])),
  "S28: with native control flow off, loops by iter go on": async (o) => {
    CONFIG.APP.CONTROL_FLOW_HANDLING = false;
    try {
      return await lm.session(o, (s) => s.iter([0, 1], (item) => item.add(1)));
    } finally {
      CONFIG.APP.CONTROL_FLOW_HANDLING = true;
    }
  },
  "3-LM01: three greedy tokens": (o) =>
    lm.generate(eiffel, { ...o, maxNewTokens: 3 }, () => lm.generator.output),
};

test.each(Object.entries(rows))("%s", async (_, row) => {
  expect(await outcome(row, { remote: true })).toEqual(await outcome(row, { remote: false }));
});

const generations: typeof rows = {
  "each step read, and one written": (o) =>
    lm.generate(eiffel, { ...o, maxNewTokens: 8 }, (tracer) => {
      tracer.iter([1], () => void block(4).mlp.output.fill(0));
      return [tracer.iter.all(() => block(20).output[0]), lm.generator.output];
    }),
  "prompts of invokes, also once steps are written": (o) =>
    lm.generate({ ...o, maxNewTokens: 4 }, (tracer) => [
      tracer.invoke(eiffel, () => [
        lm.generator.output,
        tracer.iter([1], () => lm.lm_head.output.argmax(-1)),
      ]),
      tracer.invoke("Hi", () => tracer.iter([0, 2], () => block(3).output[0])),
    ]),
  "drawn from the generator, which goes on from there": async (o) => [
    await lm.generate(
      eiffel,
      { ...o, maxNewTokens: 6, temperature: 1.5, topK: 50 },
      (tracer) => tracer.result,
    ),
    ops.rand([2]),
  ],
  "drawn with a seed, to a text or a token that ends it": async (o) => [
    await lm.generate(eiffel, { ...o, maxNewTokens: 6, topP: 0.9, seed: 3, trace: false }),
    await lm.generate(eiffel, { ...o, maxNewTokens: 8, stopStrings: ".", trace: false }),
    await lm.generate(eiffel, { ...o, maxNewTokens: 8, eos: 28, trace: false }),
  ],
  "ended by a stop": (o) =>
    lm.generate(eiffel, { ...o, maxNewTokens: 5 }, (tracer) => {
      const hidden = tracer.iter([0, 1], (step) => {
        const hidden = block(2).output[0].save();
        if (step === 1) hidden.stop();
        return hidden;
      });
      return hidden;
    }),
  "in block form": async (o) => {
    await using tracer = lm.generate(eiffel, { ...o, maxNewTokens: 2 });
    const ids = tracer.result.save();
    await tracer.close();
    return ids;
  },
  "on ids, in a session, with what a trace there has chosen": (o) =>
    lm.session(o, (s) => {
      const best = s.trace(lm, eiffel, () => lm.output.logits.at(0, "-2:").argmax(-1));
      lm.generate(best, { maxNewTokens: 2 }, () => void nnsight.log(lm.generator.output));
      const ids = s.list();
      s.iter(nnsight.list([hello, eiffel]), (prompt) => {
        lm.generate(prompt as never, { maxNewTokens: 3 }, () => void ids.append(lm.generator.output));
      });
      return ids;
    }),
};

test.each(Object.entries(generations))("a generation: %s", async (_, row) => {
  const far = await outcome(row, { remote: true });
  expect(far).toEqual(await outcome(row, { remote: false }));
  expect((far as { readonly made: unknown }).made).toBeInstanceOf(Array);
});

describe("refused in words, before anything is sent", () => {
  const refusal = (run: () => PromiseLike<unknown>) => expect(Promise.resolve().then(run)).rejects;
  const remote = { remote: true } as const;

  test("S7: a function that looks at numbers", async () => {
    await refusal(() =>
      lm.trace(hello, remote, (tracer) =>
        tracer.apply(function total(x: Tensor) {
          let sum = 0;
          for (const one of x.flatten()) sum += one.item();
          return sum;
        }, block(0).output[0]),
      ),
    ).toThrow(/the function 'total' given to apply at conformance\.test\.ts:\d+.*three ways/s);
  });

  test("S15: a module that is attached", async () => {
    const attachment = block(0).attach("attachment", new nn.Linear(576, 576));
    await refusal(() => lm.trace(hello, remote, () => attachment(block(0).output[0]).save())).toThrow(
      "Setting new modules with remote execution is not supported",
    );
  });

  test("tokens that are to be told one by one", async () => {
    const told = { ...remote, maxNewTokens: 2, onToken: () => undefined };
    await refusal(() => lm.generate(eiffel, told, () => undefined)).toThrow("come with its result");
  });
});

test("S27: native nested loops in a script, whose job is that of loops by iter", () => {
  const script = fileURLToPath(new URL("./testing/native.script.ts", import.meta.url));
  const ran = spawnSync(process.execPath, ["--import", "nnsight-ts/register", script], {
    env: { ...process.env, NNSIGHT_HOST: service.url, NNSIGHT_API_KEY: service.key },
    encoding: "utf8",
  });
  expect([ran.status, ran.stdout.trim()], ran.stderr).toEqual([0, "[ 0, 1, 2 ]"]);
  expect(ran.stderr).toMatch(/RUNNING.*\n.*LOG: 2\n.*COMPLETED/);
});

test("S29: the key is sent with each job, never printed, and a kept one serves as well", async () => {
  const { APIKEY } = CONFIG.API;
  const before = process.env["NNSIGHT_API_KEY"];
  try {
    CONFIG.API.APIKEY = undefined as never;
    await refusedWithoutKey();
    CONFIG.setDefaultApiKey(service.key);
    nnsight.remoteLogger.propagate = false;
    expect(await lm.session({ remote: true }, (s) => s.list([1]))).toEqual([1]);
  } finally {
    Object.assign(CONFIG.API, { APIKEY });
    if (before === undefined) delete process.env["NNSIGHT_API_KEY"];
  }
  expect(service.output().split(service.key)).toHaveLength(2);
});

const refusedWithoutKey = () =>
  expect(lm.session({ remote: true }, () => undefined)).rejects.toThrow("no key is known");

test("a generation that is not waited for is a job", async () => {
  const options = { remote: true, blocking: false, maxNewTokens: 2 } as const;
  const job = await lm.generate(eiffel, options, () => lm.generator.output);
  const [ids, [again]] = [await job.result(), await nnsight.job(job.id).result()];
  expect(plain(ids)).toEqual(plain(again));
  expect(ids.shape).toEqual([1, 11]);
});
