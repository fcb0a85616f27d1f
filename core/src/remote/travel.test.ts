/** Programs that travel: what is refused before it is sent, what a receiver refuses, and that nothing but errors comes of nonsense. */
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { intercept, runAsBytes } from "../../../tests/core/programs.ts";
import { printed } from "../../goldens/conformance.ts";
import { input, net, tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { NNsightError, nn, ops, resetContexts, type Tensor } from "../index.ts";
import { print } from "../ir/text/print.ts";
import { fromSafetensors, toSafetensors } from "../load/safetensors-bytes.ts";
import { genericIntake } from "../model/generic-intake.ts";
import { nameModel } from "../model/hosted.ts";
import { admit, defaultAdmission, requireCheap } from "./receive.ts";
import { submissionOf } from "./submission.ts";

const hosted = { key: "tiny", module: net, intake: genericIntake(net) };
nameModel(hosted);
const models = new Map([["tiny", hosted]]);
beforeEach(() => {
  resetContexts();
  tiny.clearEdits();
});

/** Runs it as a service would. */
async function away<T>(run: () => PromiseLike<T>): Promise<T> {
  const restore = intercept((program, request, backend) => runAsBytes(program, request, backend, models));
  try {
    return await run();
  } finally {
    restore();
  }
}

/** The bytes of the programs that it would submit. */
async function bytesOf(run: () => PromiseLike<unknown>): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const restore = intercept(async (program, request) => {
    bytes = submissionOf(program, request.inputs).bytes;
  });
  await Promise.resolve(run()).finally(restore);
  return bytes!;
}

const session = () =>
  tiny.session((s) => {
    const list = nnsight.list([1, new Set([2]), nnsight.complex(1, 2)]);
    const first = s.trace(tiny, input, () => tiny.layer1.output);
    s.iter([1, 2], (item, iterator) => {
      iterator.cond(item.eq(2), () => list.append(item));
      tiny.trace(input, () => {
        tiny.layer1.output[0]!.fill(0);
        tiny.layer2.input = first.mul(item);
        list.append(tiny.layer2.output.sum());
      });
    });
    s.log("seen", list);
    return { list, first };
  });

test("lists, sets, complex numbers, tensors and log lines come back as they would here", async () => {
  const show = (made: unknown): string =>
    String(JSON.stringify(made, (_, x) => (x instanceof Set ? [...x] : x)));
  let [near, far]: unknown[] = [];
  const lines = [
    await printed(async () => void (near = await session())),
    await printed(async () => void (far = await away(session))),
  ];
  expect(lines[1]).toEqual(lines[0]);
  expect(show(far)).toBe(show(near));
  expect((far as { first: Tensor }).first.data).toEqual((near as { first: Tensor }).first.data);
});

test("random draws are those that would have been drawn here, and the generator goes on from there", async () => {
  const draw = () => tiny.trace(input, () => tiny.layer1.output.add(ops.randn([1, 10])));
  nnsight.manualSeed(7);
  const near = [await draw(), ops.rand([3])];
  nnsight.manualSeed(7);
  const far = [await away(draw), ops.rand([3])];
  expect(far.map(({ data }) => data)).toEqual(near.map(({ data }) => data));
});

test("what was saved before an error is there", async () => {
  let saved!: Tensor;
  await expect(
    away(() =>
      tiny.session((s) => {
        tiny.trace(input, () => void (saved = tiny.layer1.output.save()));
        s.cond(s.list([1]).get(5) as never, () => undefined);
      }),
    ),
  ).rejects.toThrow("index 5 is outside a list of 1");
  expect(saved.shape).toEqual([1, 10]);
});

const refused = (run: () => PromiseLike<unknown>) => expect(away(run)).rejects;

test("a function of the user's, a module of the user's and a model that is not hosted are refused before they are sent", async () => {
  await refused(() =>
    tiny.trace(input, (tr) => tr.apply((x: Tensor) => x.toArray(), tiny.layer1.output)),
  ).toThrow(
    /is a function of your own, which cannot leave this process.*travel\.test\.ts:\d+|travel\.test\.ts:\d+.*three ways/s,
  );
  const own = new NNsightNet();
  const other = new nnsight.NNsight(own);
  await refused(() => other.trace(input, () => other.layer1.output)).toThrow(
    "this model (NNsightNet) is no hosted one",
  );
  const attached = new nn.Linear(10, 10);
  await refused(() => tiny.trace(input, () => attached(tiny.layer1.output))).toThrow(
    "Setting new modules with remote execution is not supported",
  );
});

test("weights that were assigned here are told apart from those of the service", async () => {
  const { weight } = net.layer1;
  const run = () => tiny.trace(input, () => tiny.layer1.output);
  await away(run);
  net.layer1.weight = weight.mul(2);
  await refused(run).toThrow("parameters of 'layer1' were assigned in this process");
  net.layer1.weight = weight;
  nameModel(hosted);
  await away(run);
});

class NNsightNet extends nn.Module {
  layer1 = new nn.Linear(5, 10);
  forward(x: Tensor): Tensor {
    return this.layer1(x);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: nonsense is put in
type Loose = Record<string, any>;

/** The program in bytes, changed. */
function changed(bytes: Uint8Array, change: (form: Loose) => void): Uint8Array {
  const { tensors, metadata } = fromSafetensors(bytes);
  const form = JSON.parse(metadata["program"]!);
  change(form);
  return toSafetensors({ tensors, metadata: { program: JSON.stringify(form) } });
}

test("a receiver believes nothing", async () => {
  const bytes = await bytesOf(session);
  const refuse = (change: (form: Loose) => void, message: string | RegExp): void =>
    expect(() => admit(changed(bytes, change), models)).toThrow(message);
  refuse((form) => (form["wire"] = 3), "of version 3 of the wire, but this side reads version 1 and 2");
  refuse((form) => (form["more"] = 1), 'the program has an unknown field "more"');
  refuse((form) => (form["functions"]["append"]["name"] = "eval"), "no function 'eval'");
  refuse(
    (form) => (form["fns"]["Sequential"]["model"] = "other"),
    "the model 'other' is not hosted here. Hosted: tiny.",
  );
  refuse((form) => (form["fns"]["Sequential"]["path"] = "layer9"), "has no module 'layer9'");
  refuse(
    (form) => (form["text"] = form["text"].replace("layer1.output", "layer3.output")),
    "no call for 'layer3.output'",
  );
  refuse(
    (form) =>
      (form["text"] = form["text"].replace("float32[batch=1, 10] = apply", "float32[batch=1, 11] = apply")),
    /11/,
  );
  refuse((form) => form["wanted"].push("%999"), "the wanted value '%999' is not among what was sent");
  refuse((form) => (form["values"]["value"] = { eval: "1" }), "a value of the kind 'eval' is not known");
  // Each limit of the program exactly, and by one less than it has.
  const within = (limit: object) => () => admit(bytes, models, { ...defaultAdmission, ...limit });
  const passes = (limit: object): boolean => {
    try {
      return Boolean(within(limit)());
    } catch {
      return false;
    }
  };
  for (const [name, message] of [
    ["nodes", "the program has more than"],
    ["depth", "the program nests deeper than"],
    ["bytes", "the constants of the program have more than"],
  ] as const) {
    const least = Array.from({ length: 1000 }, (_, n) => n).find((n) => passes({ [name]: n }))!;
    expect(least, name).toBeGreaterThan(0);
    expect(within({ [name]: least - 1 })).toThrow(`${message} ${least - 1} `);
  }
  const one = await bytesOf(() => tiny.trace(input, () => tiny.layer1.output));
  const admitted = admit(one, models);
  expect(() => requireCheap(admitted, { ...defaultAdmission, saved: 39 })).toThrow(
    "have 40 bytes; 39 are allowed",
  );
  requireCheap(admitted, { ...defaultAdmission, saved: 40 });
  await expect(
    (async () => {
      const { runAdmitted } = await import("./receive.ts");
      const { LocalBackend } = await import("../run/local.ts");
      return runAdmitted(
        admit(bytes, models, { ...defaultAdmission, turns: 1 }),
        new LocalBackend(),
        () => {},
      );
    })(),
  ).rejects.toThrow("more than 1 turns, which is the limit of the service");
});

test("a program of the previous version of the wire is read as it was", async () => {
  const old = (change: (region: Loose) => void) => (form: Loose) => {
    form["wire"] = 1;
    for (const region of Object.values<Loose>(form["regions"]))
      if (region["kind"] === "trace") change(region);
  };
  const bytes = await bytesOf(session);
  const take = (region: Loose): boolean => delete region["takes"];
  const { program } = admit(changed(bytes, old(take)), models);
  expect(print(program).text).toBe(print(admit(bytes, models).program).text);
  expect(() =>
    admit(
      changed(
        bytes,
        old(() => undefined),
      ),
      models,
    ),
  ).toThrow('a trace has an unknown field "takes"');
  const without = changed(bytes, (form) => {
    for (const region of Object.values<Loose>(form["regions"])) take(region);
  });
  expect(() => admit(without, models)).toThrow("a trace is not in the form of programs that travel");
});

test("members of values are reached by their own names only", async () => {
  const reach = (key: string) => tiny.session((s) => s.dict({ a: 1 }).get(key).save());
  await expect(away(() => reach("constructor"))).rejects.toThrow("has no 'constructor'");
  const polluted = tiny.session((s) => {
    const dict = s.dict({ a: 1 });
    dict.set("__proto__", s.dict({ polluted: 1 }));
    return dict;
  });
  expect(Object.getPrototypeOf(await polluted)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("bytes and texts that were changed at random are admitted or refused, and nothing else", async () => {
  const bytes = await bytesOf(session);
  const { tensors, metadata } = fromSafetensors(bytes);
  const program = metadata["program"]!;
  const tried = (mutant: Uint8Array): void => {
    try {
      admit(mutant, models);
    } catch (error) {
      if (!(error instanceof NNsightError)) throw error;
    }
  };
  const spot = fc.nat(1e6);
  const runs = { numRuns: Number(process.env["RUNS"] ?? 300) };
  fc.assert(
    fc.property(fc.array(fc.tuple(spot, fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
      const mutant = bytes.slice();
      for (const [at, byte] of changes) mutant[at % mutant.length] = byte;
      tried(mutant);
    }),
    runs,
  );
  const piece = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom("[", "{", "%0", "%9", "float32[]", "exit session", "-1", '"', "\\n", "}", "inf"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(spot, fc.nat(12), piece), { minLength: 1, maxLength: 3 }), (changes) => {
      let text = program;
      for (const [at, length, put] of changes) {
        const start = at % text.length;
        text = text.slice(0, start) + put + text.slice(start + length);
      }
      tried(toSafetensors({ tensors, metadata: { program: text } }));
    }),
    runs,
  );
  tried(changed(bytes, (form) => (form["text"] = `program {\n${"if %0 {".repeat(50_000)}`)));
  tried(changed(bytes, (form) => (form["text"] = `program {\n log (${"[".repeat(200_000)}`)));
});
