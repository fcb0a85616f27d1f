/** What differs between the model families that GGUF files hold. A new family is a line in the table and what it says. */
import { ValueError } from "../base/errors.ts";
import type { GgufFile } from "./gguf.ts";
import { gemma, gemma2, gemma3, gpt2, phi3, qwen2, qwen3 } from "./gguf-families.ts";
import { llama } from "./llama-names.ts";

/** Small tensors that stand for a part of the config: factors of rotary positions, by their names. */
export type Factors = ReadonlyMap<string, readonly number[]>;

/** How one family's GGUF becomes a Hugging Face model. */
export interface Architecture {
  /** Hugging Face's `config.json`. @throws ValueError when the file lacks a key that it needs */
  readonly config: (file: GgufFile, factors: Factors) => Record<string, unknown>;
  /** Hugging Face's name of a tensor; nothing for a name that the family does not have. */
  readonly nameOf: (ggufName: string) => string | undefined;
  /** How many heads a tensor's rows are shuffled in, if they are. */
  readonly shuffledHeads?: (
    ggufName: string,
    config: Readonly<Record<string, unknown>>,
  ) => number | undefined;
  /** Whether a matrix is stored the other way round. */
  readonly transposed?: (ggufName: string) => boolean;
  /** What is added to each value of a tensor. */
  readonly added?: (ggufName: string) => number;
}

const architectures: Readonly<Record<string, Architecture>> = {
  llama,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  gemma3,
  phi3,
  gpt2,
};

/** The family of a file. @throws ValueError when it is one that is not known here */
export function architectureOf({ path, metadata }: GgufFile): Architecture {
  const name = String(metadata["general.architecture"]);
  if (Object.hasOwn(architectures, name)) return architectures[name]!;
  throw new ValueError(
    `${path} holds a model of the family '${name}'; GGUF files are read for ${Object.keys(architectures).join(", ")}. ` +
      "Give a folder with config.json and safetensors files instead.",
  );
}
