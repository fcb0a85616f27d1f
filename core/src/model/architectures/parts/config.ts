/** Reading `config.json`: what a model needs of it, with Hugging Face's values for what it leaves out. */
import { ValueError } from "../../../base/errors.ts";
import type { Rope } from "../../../nn/rope.ts";

/** The content of `config.json`, with Hugging Face's keys. */
export type Config = Readonly<Record<string, unknown>>;

/** The most that any size in a config may be: beyond it the file is broken, and memory would be asked for without end. */
const LARGEST = 2 ** 28;

/** @throws ValueError when it is no whole number, or of no use as a size */
export function sizeIn(config: Config, key: string, otherwise?: number): number {
  const value = config[key] ?? otherwise;
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= LARGEST)
    return value as number;
  throw new ValueError(
    `the config says ${key} = ${JSON.stringify(value)}, where a whole number above 0 is needed. Mend its config.json.`,
  );
}

/** @throws ValueError when it is no number */
export function numberIn(config: Config, key: string, otherwise?: number): number {
  const value = config[key] ?? otherwise;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ValueError(
    `the config says ${key} = ${JSON.stringify(value)}, where a number is needed. Mend its config.json.`,
  );
}

export const flagIn = (config: Config, key: string, otherwise = false): boolean =>
  Boolean(config[key] ?? otherwise);

export const textIn = (config: Config, key: string, otherwise: string): string =>
  String(config[key] ?? otherwise);

/** The rotary positions of a config, in its older form (`rope_scaling`) and its newer one (`rope_parameters`). */
export function ropeIn(config: Config, headDim: number, theta = 10_000): Rope {
  const scaling = (config["rope_parameters"] ?? config["rope_scaling"]) as Config | null | undefined;
  const context = sizeIn(config, "max_position_embeddings");
  const original = config["original_max_position_embeddings"];
  const share = scaling?.["partial_rotary_factor"] ?? config["partial_rotary_factor"] ?? 1;
  return {
    size: Math.floor(headDim * Number(share)),
    theta: numberIn({ ...config, ...scaling }, "rope_theta", theta),
    context,
    scaling: original === undefined ? scaling : { original_max_position_embeddings: original, ...scaling },
  };
}
