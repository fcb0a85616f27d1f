/** How fast the angles of rotary positions grow, in each of the ways that configs of Hugging Face name. */
import { ValueError } from "../base/errors.ts";

/** The part of a config that is about rotary positions. */
export interface Rope {
  /** Numbers of a head that are turned. */
  readonly size: number;
  readonly theta: number;
  /** Positions that the model knows. */
  readonly context: number;
  /** The content of `rope_scaling` or `rope_parameters`. */
  readonly scaling?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface Frequencies {
  /** Radians that each pair turns by from one position to the next. */
  readonly short: readonly number[];
  /** The same for prompts longer than `limit`, where they differ. */
  readonly long?: readonly number[];
  readonly limit?: number;
  /** What cos and sin are multiplied by. */
  readonly factor: number;
}

type Read = (key: string, otherwise?: number) => number;
type Way = (plain: readonly number[], rope: Rope, read: Read) => Frequencies;

const ways: Readonly<Record<string, Way>> = {
  default: (short) => ({ short, factor: 1 }),
  // Differs only beyond the context, which no prompt reaches.
  dynamic: (short) => ({ short, factor: 1 }),
  linear: (plain, _, read) => ({ short: plain.map((f) => f / read("factor")), factor: 1 }),

  llama3: (plain, _, read) => {
    const [factor, context] = [read("factor"), read("original_max_position_embeddings")];
    const [low, high] = [read("low_freq_factor"), read("high_freq_factor")];
    const short = plain.map((f) => {
      const turns = (context * f) / (2 * Math.PI);
      if (turns > high) return f;
      if (turns < low) return f / factor;
      const share = (turns - low) / (high - low);
      return ((1 - share) * f) / factor + share * f;
    });
    return { short, factor: 1 };
  },

  yarn: (plain, { size, theta, context, scaling }, read) => {
    const original = read("original_max_position_embeddings", context);
    const factor = read("factor", context / original);
    const place = (turns: number): number =>
      (size * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
    const whole = scaling?.["truncate"] !== false;
    const [first, last] = [place(read("beta_fast", 32)), place(read("beta_slow", 1))];
    const low = Math.max(whole ? Math.floor(first) : first, 0);
    const high = Math.min(whole ? Math.ceil(last) : last, size - 1);
    const short = plain.map((f, i) => {
      const ramp = Math.min(Math.max((i - low) / (high - low || 0.001), 0), 1);
      return (f / factor) * ramp + f * (1 - ramp);
    });
    const grown = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
    const [scale, all] = [read("mscale", 0), read("mscale_all_dim", 0)];
    return {
      short,
      factor: read("attention_factor", scale && all ? grown(scale) / grown(all) : grown(1)),
    };
  },

  longrope: (plain, { context, scaling }, read) => {
    const limit = read("original_max_position_embeddings", context);
    const factor = read("factor", context / limit);
    const spread = (key: string): readonly number[] => {
      const by = scaling?.[key] as readonly number[];
      return plain.map((f, i) => f / by[i]!);
    };
    const grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(limit));
    return {
      short: spread("short_factor"),
      long: spread("long_factor"),
      limit,
      factor: read("attention_factor", grown),
    };
  },
};
// Phi-3's first configs call it by this name.
const others: Readonly<Record<string, string>> = { su: "longrope" };

/** @throws ValueError for a way that is not known, or a number that it needs and the config lacks */
export function frequenciesOf(rope: Rope): Frequencies {
  const { size, theta, scaling } = rope;
  const plain = Array.from({ length: size / 2 }, (_, i) => theta ** ((-2 * i) / size));
  const said = String(scaling?.["rope_type"] ?? scaling?.["type"] ?? "default");
  const way = ways[others[said] ?? said];
  if (!way)
    throw new ValueError(
      `rotary positions of the type '${said}' are not known. Known: ${Object.keys(ways).join(", ")}.`,
    );
  return way(plain, rope, (key, otherwise) => {
    const value = scaling?.[key] ?? otherwise;
    if (typeof value === "number") return value;
    throw new ValueError(
      `the config scales rotary positions by '${said}', but does not say '${key}'. Mend its config.json.`,
    );
  });
}
