/** Edits and programs as files: what was written does the same when it is read, into a model that was loaded anew. */
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { distance } from "../../goldens/small.ts";
import {
  diffEdits,
  LanguageModel,
  listEdits,
  loadEdits,
  loadProgram,
  NNsight,
  nn,
  ops,
  recordSession,
  recordTrace,
  resetContexts,
  saveEdits,
  saveTensors,
  type Tensor,
  tensor,
} from "../index.ts";

beforeEach(() => resetContexts());

const config = {
  model_type: "gpt2",
  vocab_size: 30,
  n_embd: 32,
  n_layer: 2,
  n_head: 2,
  initializer_range: 0.2,
} as const;
const model = () => LanguageModel.random(config, { seed: 2 });
const ids = [3, 1, 4, 1, 5];
const file = (name: string): string => join(scratchFolder(), name);

describe("edits", () => {
  const push = tensor(Array.from({ length: 32 }, (_, i) => i / 4));

  async function edited() {
    const lm = model();
    const first = await lm.edit(() => void lm.transformer.h[0]!.output[0].add_(push));
    return first.edit((editor) => {
      const { mlp } = lm.transformer.h[1]!;
      editor.cond(mlp.output.sum().gt(-1e9), () => void mlp.output.mul_(0.5));
    });
  }

  test("are saved, and loaded into a copy or in place", async () => {
    const [own, path] = [await edited(), file("calm.safetensors")];
    await saveEdits(own, path, { note: "calm" });
    const expected = await own.trace(ids, () => own.output.logits);
    const lm = model();
    const copy = await loadEdits(lm, path);
    expect(distance(await copy.trace(ids, () => copy.output.logits), expected)).toBe(0);
    const plain = await lm.trace(ids, () => lm.output.logits);
    expect(distance(plain, expected)).toBeGreaterThan(0.01);
    expect(await loadEdits(lm, path, { inplace: true })).toBe(lm);
    expect(
      distance(
        await lm.trace([...ids, 2], () => lm.output.logits),
        await own.trace([...ids, 2], () => own.output.logits),
      ),
    ).toBe(0);
    lm.clearEdits();
    expect(distance(await lm.trace(ids, () => lm.output.logits), plain)).toBe(0);
  });

  test("are listed, and told apart by what they do and by their numbers", async () => {
    const [own, path] = [await edited(), file("listed.safetensors")];
    await saveEdits(own, path);
    const listed = listEdits(path);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(listEdits(own));
    expect(listed[0]).toContain("transformer.h.0.output[0]");
    expect(diffEdits(path, own).every((line) => line.startsWith("  "))).toBe(true);
    const lm = model();
    const other = await lm.edit(() => void lm.transformer.h[0]!.output[0].add_(push.mul(2)));
    const lines = diffEdits(await lm.edit(() => void lm.transformer.h[0]!.output[0].add_(push)), other);
    expect(
      lines
        .filter((line) => !line.startsWith("  "))
        .map((line) => line.replace(/ [0-9a-f]{8}$/, "").replace(/tensor\S* /, "tensor ")),
    ).toEqual(["- tensor float32[32]", "+ tensor float32[32]"]);
    expect(diffEdits(lm, other).some((line) => line.startsWith("+ "))).toBe(true);
  });

  test("with an attached module need that module where they are read", async () => {
    const make = () =>
      new NNsight(new nn.Sequential({ layer1: new nn.Linear(4, 4), layer2: new nn.Linear(4, 4) }));
    const net = make();
    const half = net.layer1.attach("half", new nn.Linear(4, 4));
    await net.edit({ inplace: true }, () => {
      net.layer1.output = half(net.layer1.output);
    });
    const path = file("attached.safetensors");
    await saveEdits(net, path);
    await expect(loadEdits(make(), path)).rejects.toThrow(
      "has a module 'layer1.half', and this one (NNsight) has none",
    );
    const other = make();
    other.layer1.attach("half", new nn.Linear(4, 4));
    const loaded = await loadEdits(other, path);
    const { made, by } = await loaded.trace(ops.ones(1, 4), () => ({
      made: other.layer2.input,
      by: (other.layer1 as unknown as typeof other.layer1 & { half: { output: Tensor } }).half.output,
    }));
    expect(distance(made, by)).toBe(0);
  });

  test("of another model, or into a folder that is not there, they are refused with both", async () => {
    const path = file("push.safetensors");
    const lm = model();
    await saveEdits(await lm.edit(() => void lm.transformer.h[1]!.mlp.output.fill(0)), path);
    const net = new NNsight(new nn.Sequential({ layer1: new nn.Linear(4, 4) }));
    await expect(loadEdits(net, path)).rejects.toThrow(
      "what was written on a gpt2 does not fit this NNsight: ",
    );
    await expect(saveEdits(lm, file("none/push.safetensors"))).rejects.toThrow(
      /push\.safetensors cannot be written: there is no folder .+none\./,
    );
  });

  test("what cannot travel is refused with the reason", async () => {
    const lm = model();
    const own = await lm.edit((editor) => {
      const { output } = lm.transformer.h[0]!;
      output[0] = editor.apply(function half(x: Tensor) {
        return x.mul(0.5);
      }, output[0]) as unknown as Tensor;
    });
    await expect(saveEdits(own, file("own.safetensors"))).rejects.toThrow(
      /the function 'half' given to apply at saved\.test\.ts:\d+:\d+ is a function of your own, which a file cannot hold/,
    );
    await expect(saveEdits({}, file("none"))).rejects.toThrow("edits and programs are of a model");
    await expect(loadEdits(lm, file("missing.safetensors"))).rejects.toThrow("there is no file");
    const other = file("tensors.safetensors");
    await saveTensors(other, { x: push });
    await expect(loadEdits(lm, other)).rejects.toThrow("holds neither edits nor a program");
  });
});

describe("programs", () => {
  test("a trace with its input runs from its file as it does here", async () => {
    const lm = model();
    const body = () => {
      lm.transformer.h[0]!.output[0].at(0, -1).fill(0);
      return {
        logits: lm.output.logits.at(0, -1),
        best: [lm.output.logits.at(0, -1).argmax(-1)],
        word: "last",
      };
    };
    const expected = await lm.trace(ids, body);
    const program = await recordTrace(lm, ids, body);
    expect(String(program)).toContain("transformer.h.0.output[0]");
    expect(distance((await program.run()).logits, expected.logits)).toBe(0);
    const path = file("trace.safetensors");
    await program.save(path, { note: "the last token erased" });
    const loaded = await loadProgram(model(), path);
    expect(loaded.note).toBe("the last token erased");
    const made = (await loaded.run()) as typeof expected;
    expect(distance(made.logits, expected.logits)).toBe(0);
    expect([made.word, made.best[0]!.item()]).toEqual(["last", expected.best[0]!.item()]);
    await expect(loadEdits(lm, path)).rejects.toThrow("holds a program: read it with loadProgram");
  });

  test("a session with a loop", async () => {
    const lm = model();
    const body = (s: Parameters<Parameters<typeof recordSession>[1]>[0]) =>
      s.iter(
        [
          [3, 1],
          [4, 1, 5],
        ],
        (prompt) => s.trace(lm, prompt, () => lm.output.logits.at(0, -1)),
      );
    const expected = await lm.session(body);
    const path = file("session.safetensors");
    await (await recordSession(lm, body)).save(path);
    const made = (await (await loadProgram(model(), path)).run()) as Tensor[];
    expect(made).toHaveLength(2);
    expect(made.map((one, i) => distance(one, expected[i] as Tensor))).toEqual([0, 0]);
  });
});
