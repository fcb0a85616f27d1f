/** How precisely a model's weights are kept, and what each of them is for. */
import type { Role } from "../../tensor/packed.ts";

/** What weights are kept in: float32, 16-bit floats, or blocks of 8 or 4 bits. */
export type Precision = "float32" | "float16" | "q8" | "q4";

/** How the weights of a model are kept. */
export interface Packing {
  readonly precision: Precision;
  /** What the weight of a name is for, in the order of the model's modules; nothing for what stays float32. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** The plan for one tensor: its form in the file. */
export type Form =
  | { readonly kind: "floats" }
  | { readonly kind: "halves"; readonly turned: boolean }
  | {
      readonly kind: "blocks";
      readonly planes: 1 | 2;
      readonly offsets: boolean;
      readonly turned: boolean;
      /** Whether the file's own blocks are taken over, number by number. */
      readonly straight: boolean;
      /** Whether they lie beside the weight in float32, and not in its place. */
      readonly beside: boolean;
    };

const FLOATS: Form = { kind: "floats" };

/** Blocks of GGUF files that are taken over as they are. */
const straight: Readonly<Record<string, { readonly planes: 1 | 2; readonly offsets: boolean }>> = {
  Q4_0: { planes: 1, offsets: false },
  Q4_1: { planes: 1, offsets: true },
  Q8_0: { planes: 2, offsets: true },
};

/**
 * The form of a tensor: only matrices that are looked up in or multiplied with are packed, and in blocks only whole ones.
 * In float32 a file's own blocks of 4 bits lie beside.
 * Tables have 8 bits also for `q4`, and so has what has more than four in its file.
 * @param format of the file, as GGML or safetensors call it
 */
export function formOf(
  { precision, roles }: Packing,
  name: string,
  shape: readonly number[],
  format: string,
): Form {
  const role = roles.get(name);
  if (!role || shape.length !== 2) return FLOATS;
  const turned = role === "turned";
  if (precision === "float16") return { kind: "halves", turned };
  if (shape[turned ? 0 : 1]! % 32 !== 0) return FLOATS;
  const own = straight[format];
  const beside = precision === "float32";
  // Two planes of 4 bits are multiplied with no faster than float32.
  if (beside && own?.planes !== 1) return FLOATS;
  if (own) return { kind: "blocks", ...own, turned, straight: true, beside };
  const wide = precision === "q8" || role === "table" || /^Q[568]/.test(format);
  return { kind: "blocks", planes: wide ? 2 : 1, offsets: !wide, turned, straight: false, beside };
}
