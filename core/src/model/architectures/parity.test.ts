/** Every architecture against transformers on the same drawn weights: each module's output by name (goldens/architectures.py). */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../../goldens/files.ts";
import { distance } from "../../../goldens/small.ts";
import { LanguageModel, loadTensors, manualSeed, ops, Tensor } from "../../index.ts";
import type { AnyEnvoy } from "../types.ts";
import type { ModelType } from "./table.ts";

const reference: {
  readonly seed: number;
  readonly std: number;
  readonly long: readonly number[];
  readonly short: readonly number[];
  readonly configs: Readonly<Record<string, { readonly model_type: ModelType }>>;
} = JSON.parse(readFileSync(golden("architectures.json"), "utf8"));

/** What the tests need of a model of any architecture. */
interface Model {
  get(path: string): AnyEnvoy;
  children(): AnyEnvoy[];
  readonly output: Readonly<Record<string, Tensor>>;
  trace<T>(input: unknown, body: (tracer: never) => T): Promise<T>;
  trace<T>(body: (tracer: { invoke<U>(input: unknown, body: () => U): U }) => T): Promise<T>;
}

/** The tensor that a module gives, or the first of several. */
function first(output: unknown): Tensor {
  if (Array.isArray(output)) return output[0];
  return output instanceof Tensor ? output : (output as { last_hidden_state: Tensor }).last_hidden_state;
}

describe.each(Object.entries(reference.configs))("%s", (name, config) => {
  const lm = LanguageModel.random(
    { ...config, initializer_range: reference.std },
    { seed: reference.seed },
  ) as unknown as Model;
  const isImage = config.model_type === "vit";
  const isPair = config.model_type === "t5";
  const inputOf = (ids: readonly number[]): unknown =>
    isPair ? { input_ids: [ids], decoder_input_ids: [[0, 9, 4]] } : ids;
  let expected: Record<string, Tensor>;
  let long: unknown;

  beforeAll(async () => {
    expected = await loadTensors(golden(`architectures/${name}.safetensors`));
    manualSeed(reference.seed);
    long = isImage ? ops.rand(2, 3, 8, 8) : inputOf(reference.long);
  });

  test("what every module gives", async () => {
    const { short: _, ...modules } = expected;
    // As the run makes them, so that what differs first is what is wrong: parts before what they are in.
    const order = new Map(partsFirst("", lm).map((path, i) => [path, i]));
    const names = Object.keys(modules).sort((a, b) => (order.get(a) ?? 1e9) - (order.get(b) ?? 1e9));
    expect(names.length).toBeGreaterThan(20);
    const made = await lm.trace(long, () =>
      names.map((path) => (path.startsWith("=") ? lm.output[path.slice(1)]! : first(outputAt(lm, path)))),
    );
    const far = names.flatMap((path, i) => {
      const theirs = modules[path]!;
      // OPT's feed-forward part flattens batch and position there, and keeps them here.
      const own = name === "opt" && theirs.ndim === 2 ? made[i]!.flatten(0, 1) : made[i]!;
      expect(own.shape, path).toEqual(theirs.shape);
      const scale = Math.max(1, theirs.abs().max().item() as number);
      const difference = distance(own, theirs) / scale;
      return difference < (path.startsWith("=") ? 5e-5 : 2e-5) ? [] : [`${path}: ${difference}`];
    });
    expect(far[0], `first of ${far.length} that differ`).toBeUndefined();
  });

  test.skipIf(isImage)("a batch gives what each prompt gives alone", async () => {
    const result = "=logits" in expected ? "logits" : "last_hidden_state";
    const rows = await lm.trace((tracer) =>
      [reference.long, reference.short].map((ids) => tracer.invoke(inputOf(ids), () => lm.output[result]!)),
    );
    const { length } = reference.short;
    const part = isPair ? ":" : config.model_type === "bert" ? `:${length}` : `${-length}:`;
    expect(distance(rows[0]!, expected[`=${result}`]!)).toBeLessThan(1e-4);
    expect(distance(rows[1]!.at(":", part), expected["short"]!)).toBeLessThan(1e-4);
  });
});

/** Paths of modules, each after those inside it. */
function partsFirst(path: string, module: Model | AnyEnvoy): string[] {
  const inside = module.children().flatMap((child) => partsFirst(child.path, child));
  return path ? [...inside, path] : inside;
}

/** `output` of a module, which goes by another name where a submodule is called so. */
function outputAt(lm: Model, path: string): unknown {
  const envoy = lm.get(path);
  return Reflect.get(envoy, Reflect.has(envoy, "nnsOutput") ? "nnsOutput" : "output");
}
