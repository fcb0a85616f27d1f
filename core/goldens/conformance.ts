/** What the tests of the two documents share: the model, what PyTorch makes of it, and checks. */
import { readFileSync } from "node:fs";
import { format } from "node:util";
import { expect, vi } from "vitest";
import { LanguageModel, type Tensor } from "../src/index.ts";
import { golden } from "./files.ts";

interface Run {
  readonly text: string;
  readonly top1: number;
  readonly word: string;
  readonly values: readonly number[];
}

interface Reference {
  readonly tokens: readonly number[];
  readonly lengths: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, Run>>;
  readonly lens: { readonly text: string; readonly layers: Readonly<Record<string, readonly number[]>> };
  readonly outside: {
    readonly layer: number;
    readonly row: readonly number[];
    readonly values: readonly number[];
  };
  readonly weight: {
    readonly shape: readonly number[];
    readonly sum: number;
    readonly first: readonly number[];
  };
  readonly factories: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
}

export const reference: Reference = JSON.parse(readFileSync(golden("conformance.json"), "utf8"));

export const loadModel = (options: { readonly dispatch?: boolean } = {}): Promise<LanguageModel> =>
  LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {}, ...options });

/** The prompts of the documents and of NNsight's tests. */
export const [eiffel, palace, garden] = ["eiffel", "palace", "garden"].map(
  (name) => reference.runs[name]!.text,
) as [string, string, string];

/** The logits of the last position are those that PyTorch gives in this run, at the places that the golden keeps. */
export function expectRun(logits: Tensor, name: string): void {
  const run = reference.runs[name]!;
  const last = logits.ndim === 1 ? logits : logits.at(0, -1);
  const { data } = last;
  for (const [i, token] of reference.tokens.entries())
    expect(Math.abs(Number(data[token]) - run.values[i]!), `${name}, token ${token}`).toBeLessThan(1e-3);
  expect(last.argmax(-1).item()).toBe(run.top1);
}

export const notSet = "Accessing value before it's been set.";

export const unset = (value: { readonly toArray?: () => unknown; readonly value?: unknown }): void =>
  expect(() => (value.toArray ? value.toArray() : value.value)).toThrow(notSet);

/** What was printed while `run` ran, a line a call. */
export async function printed(run: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const console_ = vi
    .spyOn(console, "log")
    .mockImplementation((...parts) => void lines.push(format(...parts)));
  try {
    await run();
  } finally {
    console_.mockRestore();
  }
  return lines;
}
