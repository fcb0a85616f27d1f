/** What a run gave, as bytes: the values of its saves, and of those of the programs within it. */
import { ValueError } from "../base/errors.ts";
import type { Named } from "../ir/text/references.ts";
import { fromSafetensors, toSafetensors } from "../load/safetensors-bytes.ts";
import type { Packed } from "../wire/packed.ts";
import { madeOf, Packer } from "./plain.ts";

export interface Outcome {
  readonly kept: Named;
  /** By label, in the order in which they ended. */
  readonly finished: ReadonlyMap<string, Named>;
  /** Where the generator of random numbers stands after it, when it was drawn from. */
  readonly generator?: Float64Array | undefined;
}

interface Form {
  readonly kept: Readonly<Record<string, Packed>>;
  readonly finished: readonly (readonly [string, Readonly<Record<string, Packed>>])[];
}

export const generatorName = "generator";

export function outcomeBytes({ kept, finished, generator }: Outcome): Uint8Array<ArrayBuffer> {
  const packer = new Packer();
  const table = (named: Named): Record<string, Packed> =>
    Object.fromEntries([...named].map(([name, made]) => [name, packer.made(made)]));
  const form: Form = {
    kept: table(kept),
    finished: [...finished].map(([label, named]) => [label, table(named)]),
  };
  const state = generatorTensor(generator);
  const tensors = new Map([...packer.tensors, ...state]);
  return toSafetensors({ tensors, metadata: { outcome: JSON.stringify(form) } });
}

/** @throws ValueError for what is no outcome */
export function outcomeOf(bytes: Uint8Array): Outcome {
  const { tensors, metadata } = fromSafetensors(bytes);
  const form = JSON.parse(metadata["outcome"] ?? "null") as Form | null;
  if (!form) throw new ValueError("the service sent something else than a result.");
  const named = (table: Readonly<Record<string, Packed>>): Named =>
    new Map(Object.entries(table).map(([name, packed]) => [name, madeOf(packed, tensors)]));
  return {
    kept: named(form.kept),
    finished: new Map(form.finished.map(([label, table]) => [label, named(table)])),
    generator: tensors.get(generatorName)?.data as Float64Array | undefined,
  };
}

/** Beside the tensors of a file, when random numbers are drawn. */
export const generatorTensor = (state: Float64Array | undefined) =>
  state ? ([[generatorName, { dtype: "float64", shape: [state.length], data: state }]] as const) : [];
