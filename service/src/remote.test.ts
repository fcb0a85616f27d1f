/** The remote rows of the two documents, against a service in a process of its own: what a local run gives, bit for bit. */
import * as nnsight from "nnsight-ts";
import { CONFIG, LanguageModel, type RemoteError, resetContexts, type Tensor } from "nnsight-ts";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { cutting } from "./testing/cutting.ts";
import { model, type Service, startServe } from "./testing/process.ts";

let service: Service;
let lm: LanguageModel;
beforeAll(async () => {
  service = await startServe("--memory-only", "--seconds", "30");
  CONFIG.API.HOST = service.url;
  CONFIG.API.APIKEY = service.key;
  lm = await LanguageModel.load(model, { progress: () => undefined });
}, 120_000);
afterAll(() => service?.stop());
beforeEach(() => resetContexts());

const [eiffel, palace] = [
  "The Eiffel Tower is in the city of",
  "Buckingham Palace is in the city of",
] as const;
const remote = { remote: true } as const;

/** What was written to the terminal while it ran. */
async function shown<T>(run: () => PromiseLike<T>): Promise<readonly [lines: string[], made: T]> {
  let text = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((part) => {
    text += part;
    return true;
  });
  try {
    const made = await run();
    return [text.split(/\n/).filter((line) => line), made];
  } finally {
    spy.mockRestore();
  }
}

/** The states without what differs from run to run. */
const states = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .replace(/^[-\d]+ [\d:,]+ MainProcess nnsight_remote INFO {5}[-0-9a-f]{36} - /, "")
      .replace(/^(Downloading result: 100%\|█{10}\| )\d.*$/, "$1"),
  );

const way = [
  "RECEIVED: Your job has been received and is waiting approval.",
  "APPROVED: Your job was approved and is waiting to be run.",
  "RUNNING: Your job has started running.",
];
const end = ["COMPLETED: Your job has been completed.", "Downloading result: 100%|██████████| "];
const log = (text: string): string => `LOG: ${text}`;

const same = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect(Buffer.compare(Buffer.from(a.data.buffer), Buffer.from(b.data.buffer))).toBe(0);
};

test("S17: three empty traces: the lines of a job in the document's format, then a bar", async () => {
  const [lines] = await shown(() =>
    lm.session(remote, () => {
      for (let i = 0; i < 3; i++) lm.trace("_", () => undefined);
    }),
  );
  expect(states(lines)).toEqual([...way, ...end]);
  const format =
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} MainProcess nnsight_remote INFO {5}([-0-9a-f]{36}) - RECEIVED: /;
  expect(lines[0]).toMatch(format);
  expect(lines.at(-1)).toMatch(
    /^Downloading result: 100%\|██████████\| (\d+)\/\1 \[00:00<00:00, [\d.]+[kMG]?B\/s\]$/,
  );
});

test("S18: values of one trace in another, without a save, in both forms", async () => {
  const run = (options: { readonly remote: boolean }) =>
    lm.session(options, (s) => {
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
  const [[, far], near] = [await shown(() => run(remote)), await run({ remote: false })];
  same(far[0].logits, near[0].logits);
  same(far[1].logits, near[1].logits);
  expect(lm.tokenizer.decode(far[0]["logits"].argmax(-1)[0]![-1]!)).toBe(" Paris");
  expect(lm.tokenizer.decode(far[1]["logits"].argmax(-1)[0]![-1]!)).not.toBe(
    lm.tokenizer.decode((await lm.trace(palace, () => lm.output.logits)).argmax(-1)[0]![-1]!),
  );
  const [, block] = await shown(async () => {
    await using _ = lm.session(remote);
    using _trace = lm.trace(eiffel);
    return lm.model.layers[3]!.output[0].save();
  });
  same(block, await lm.trace(eiffel, () => lm.model.layers[3]!.output[0]));
});

test("S19: the session ends at the exit, and the log line stands between RUNNING and COMPLETED", async () => {
  const [lines, list] = await shown(() =>
    lm.session(remote, (s) => {
      const list = s.list();
      list.append(0);
      list.append(1);
      nnsight.log("-- Early Stop --");
      s.exit();
      list.append(2);
      return list;
    }),
  );
  expect(list).toEqual([0, 1]);
  expect(states(lines)).toEqual([...way, log("-- Early Stop --"), ...end]);
});

test("S20: a loop over prompts that only the run knows", async () => {
  const prompts = ["This is a test", "Hello World", "Madison Square Garden is located in the city of"];
  const run = (options: { readonly remote: boolean }) =>
    lm.session(options, (s) => {
      const results = nnsight.list();
      s.iter(nnsight.list(prompts), (prompt) => {
        lm.trace(prompt, () => {
          results.append(lm.lm_head.output);
        });
      });
      return results;
    });
  const [, far] = (await shown(() => run(remote))) as readonly [unknown, Tensor[]];
  const near = (await run({ remote: false })) as Tensor[];
  expect(new Set(far.map(({ shape }) => shape[1])).size).toBe(3);
  for (const [i, logits] of far.entries()) same(logits, near[i]!);
});

test("S21 to S24: loops over lazy lists, within each other, with conditions and exits", async () => {
  const [loop] = await shown(() =>
    lm.session(remote, (s) => {
      const list = s.list();
      for (const n of [0, 1, 2]) list.append(n);
      s.iter(list, (item) => nnsight.log(item));
    }),
  );
  expect(states(loop)).toEqual([...way, ...["0", "1", "2"].map(log), ...end]);
  const [, nested] = await shown(() =>
    lm.session(remote, (s) => {
      const [items, found] = [s.list(), s.list()];
      for (let i = 0; i < 5; i++) items.append([10]);
      s.iter(items, (outer) => {
        s.iter(outer, (inner) => found.append(inner));
      });
      return found;
    }),
  );
  expect(nested).toEqual([10, 10, 10, 10, 10]);
  const [even] = await shown(() =>
    lm.session(remote, (s) => {
      s.iter([0, 1, 2, 3], (item, iterator) => {
        iterator.cond(item.mod(2).eq(0), () => nnsight.log(item));
      });
    }),
  );
  expect(states(even)).toEqual([...way, log("0"), log("2"), ...end]);
  const [left] = await shown(() =>
    lm.session(remote, (s) => {
      s.iter([0, 1, 2, 3], (item, iterator) => {
        iterator.cond(item.eq(2), () => iterator.exit());
        nnsight.log(item);
      });
    }),
  );
  expect(states(left)).toEqual([...way, log("0"), log("1"), ...end]);
});

test("a thousand lines of log are kept; of more the rest is not, with a word", async () => {
  const said = (times: number) =>
    shown(() =>
      lm.session(remote, (s) => {
        s.iter([0, 1], () => void s.iter([...Array(times).keys()], (item) => nnsight.log(item)));
      }),
    );
  const count = ([lines]: Awaited<ReturnType<typeof said>>) => lines.filter((line) => / - LOG: /.test(line));
  expect(count(await said(500))).toHaveLength(1000);
  const more = count(await said(501));
  expect(more).toHaveLength(1001);
  expect(more.at(-1)).toMatch(/\(the log has more than 1000 lines; the rest is not kept\)$/);
});

test("edits and invokes travel; a module called once more is one of the model's", async () => {
  const edited = await lm.edit(() => {
    lm.model.layers[4]!.mlp.output.fill(0);
  });
  const run = (options: { readonly remote: boolean }) =>
    edited.trace(undefined, options, (tracer) => [
      tracer.invoke(eiffel, () => edited.output.logits.at(":", -1)),
      tracer.invoke("Hi", () => lm.lm_head(lm.model.norm(edited.model.layers[7]!.output[0])).argmax(-1)),
    ]);
  const [[, far], near] = [await shown(() => run(remote)), await run({ remote: false })];
  for (const [i, value] of far.entries()) same(value!, near[i]!);
});

test("a function that can be recorded travels as what it does; another is refused before anything is sent", async () => {
  const total = (x: Tensor) => x.mul(2).sum();
  const run = (options: { readonly remote: boolean }) =>
    lm.trace(eiffel, options, (tracer) => tracer.apply(total, lm.model.layers[0]!.output[0]));
  const [[, far], near] = [await shown(() => run(remote)), await run({ remote: false })];
  // Recorded, it is run with the model; applied here, by the tensors themselves.
  const [a, b] = [far.item(), (near as unknown as Tensor).item()];
  expect(Math.abs(a - b)).toBeLessThan(1e-5 * Math.abs(b));
  const [lines, error] = await shown(() =>
    lm
      .trace(eiffel, remote, (tracer) =>
        tracer.apply(function count(x: Tensor) {
          let n = 0;
          for (const _ of x) n++;
          return n;
        }, lm.model.layers[0]!.output[0]),
      )
      .then(
        () => undefined,
        (error: Error) => error,
      ),
  );
  expect(lines).toEqual([]);
  expect(error).toBeInstanceOf(nnsight.TypeError);
  expect(error!.message).toMatch(
    /the function 'count' given to apply at remote\.test\.ts:\d+:\d+ .*cannot be iterated over.*three ways/s,
  );
});

test("an error of the run has the class, code and line of a local one, and the job's id; what was saved before it is there", async () => {
  let saved!: Tensor;
  const [lines, error] = await shown(() =>
    lm
      .session(remote, (s) => {
        lm.trace(eiffel, () => void (saved = lm.model.layers[0]!.output[0].save()));
        lm.trace(eiffel, (tracer) => {
          tracer.cond(lm.model.layers[0]!.output[0].gt(0) as never, () => undefined);
        });
        void s;
      })
      .then(
        () => undefined,
        (error: nnsight.NNsightError) => error,
      ),
  );
  expect(error).toBeInstanceOf(nnsight.RuntimeError);
  expect(error!.code).toBe("RUNTIME");
  expect(error!.message).toMatch(
    /^Boolean value of Tensor with more than one value is ambiguous\n\nAbove exception when execution Node: 'gt_0' in Graph: '\d+'\nThe condition at remote\.test\.ts:\d+/,
  );
  expect(lines.join("\n")).toMatch(new RegExp(`ERROR {4}${error!.jobId} - ERROR: Boolean value`));
  expect(saved.shape).toEqual([1, 9, 576]);
});

test("blocking: false gives the job at once; by its id it is found again", async () => {
  const [, [job, made, again, status]] = await shown(async () => {
    const job = await lm.trace(eiffel, { remote: true, blocking: false }, () => ({
      hidden: lm.model.layers[2]!.output[0],
    }));
    const made = await job.result();
    const attached = nnsight.job(job.id);
    return [job, made, await attached.result(), await attached.status()] as const;
  });
  const near = await lm.trace(eiffel, () => lm.model.layers[2]!.output[0]);
  same(made.hidden, near);
  same(again[0] as Tensor, near);
  expect([status, job.id]).toEqual(["COMPLETED", expect.stringMatching(/^[-0-9a-f]{36}$/)]);
});

test("remote: self starts a service beside this process, for a trace, a session without one, and a job found again", async () => {
  const self = { remote: "self" } as const;
  const [, [far, list, again]] = await shown(async () => {
    const job = await lm.trace(eiffel, { ...self, blocking: false }, () => lm.model.layers[0]!.output[0]);
    const far = await job.result();
    const list = await lm.session(self, (s) => s.list([1, 2]));
    return [far, list, await nnsight.job(job.id).result()] as const;
  });
  same(far, await lm.trace(eiffel, () => lm.model.layers[0]!.output[0]));
  same(again[0] as Tensor, far);
  expect(list).toEqual([1, 2]);
});

test("a service that is not there, a wrong key and a missing one say what to do", async () => {
  const refusal = async (change: Partial<typeof CONFIG.API>): Promise<RemoteError> => {
    const before = { HOST: CONFIG.API.HOST, APIKEY: CONFIG.API.APIKEY };
    Object.assign(CONFIG.API, change);
    try {
      return await lm
        .trace(eiffel, remote, () => lm.output.logits)
        .then(
          () => expect.unreachable(),
          (error: RemoteError) => error,
        );
    } finally {
      Object.assign(CONFIG.API, before);
    }
  };
  const wrong = await refusal({ APIKEY: `nn_${"0".repeat(12)}_${"0".repeat(48)}` });
  expect([wrong.code, wrong.reason]).toEqual(["REMOTE", "NO_KEY"]);
  expect(wrong.message).toContain("the service does not know this key");
  expect((await refusal({ APIKEY: undefined as never })).message).toContain("CONFIG.setDefaultApiKey");
  expect((await refusal({ HOST: undefined as never })).message).toContain("npx nnsight-ts serve");
  expect(service.output().split(service.key)).toHaveLength(2); // shown once, and never logged
});

test("a connection that is cut while a program goes up, events or a result come down: the run is what it is here", async () => {
  const line = await cutting(service.url);
  CONFIG.API.HOST = line.url;
  try {
    const large = nnsight.ops.zeros([64, 1, 576]);
    const run = (options: object) =>
      lm.trace(eiffel, options, () => lm.model.layers[2]!.output[0].add(large).save());
    const near = await run({});
    const job = async (): Promise<void> => same(await run(remote), near);
    line.cut("up", 60_000, 2);
    await job();
    expect(line.cuts()).toBe(2);
    line.cut("down", 500);
    await job();
    expect(line.cuts()).toBe(3);
    // The result has 1.5 MB: it is cut twice on its way, and goes on from there.
    line.cut("down", 400_000, 2);
    await job();
    expect(line.cuts()).toBe(5);
  } finally {
    CONFIG.API.HOST = service.url;
    line.stop();
  }
});
