/** Gradients of convolutions and pools: back from each place of the window to what lay under it. */
import type { Rule, Site } from "../site.ts";

interface Moves {
  readonly rank: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros before the first place along each dimension. */
  readonly before: readonly number[];
}

function movesOf(at: Site): Moves {
  const strides = at.attribute<number[]>("strides", [1, 1]);
  const rank = strides.length;
  return {
    rank,
    strides,
    dilations: at.attribute<number[]>("dilations", Array<number>(rank).fill(1)),
    before: at.attribute<number[]>("pads", Array<number>(rank).fill(0)).slice(0, rank),
  };
}

/** A gradient `[…, places]` spread by a kernel over the sizes of `like`: zeros where no window came. */
function spread(at: Site, g: string, kernel: string, like: string, moves: Moves, group = 1): string {
  const { rank, strides, dilations, before } = moves;
  const none = before.map(() => 0);
  const attributes = { strides: [...strides], dilations: [...dilations], pads: [...before, ...none], group };
  const made = at.op("ConvTranspose", [g, kernel], attributes);
  // What no window has reached at the end is at most a step long.
  const more = at.ints(0, 0, ...none, 0, 0, ...strides);
  const axes = Array.from({ length: rank }, (_, i) => i + 2);
  const ends = at.op("Gather", [at.shape(like), at.ints(...axes)], { axis: 0 });
  return at.op("Slice", [at.op("Pad", [made, more]), at.ints(...none), ends, at.ints(...axes)]);
}

/** The weight is what x has in common with the gradient, over the batch: a convolution with the two axes exchanged. */
function weightGradient(at: Site, moves: Moves): string {
  const { rank, strides, dilations, before } = moves;
  const group = at.attribute("group", 1);
  const turned = [1, 0, ...Array.from({ length: rank }, (_, i) => i + 2)];
  const parts = (value: string): string[] =>
    group === 1 ? [value] : at.builder.nodes("Split", [value], { axis: 1, num_outputs: group }, group);
  const pads = [...before, ...before];
  const [xs, gs] = [parts(at.x(0)), parts(at.g)];
  const each = xs.map((x, i) => {
    const [input, kernel] = [x, gs[i]!].map((one) => at.op("Transpose", [one], { perm: turned }));
    const made = at.op("Conv", [input!, kernel!], { strides: [...dilations], dilations: [...strides], pads });
    return at.op("Transpose", [made], { perm: turned });
  });
  const whole = each.length === 1 ? each[0]! : at.op("Concat", each, { axis: 0 });
  const axes = at.ints(...turned.map((_, i) => i));
  return at.op("Slice", [whole, at.ints(...turned.map(() => 0)), at.shape(at.x(1)), axes]);
}

const conv: Rule = (at) => {
  const moves = movesOf(at);
  const over = at.ints(0, ...Array.from({ length: moves.rank }, (_, i) => i + 2));
  return [
    at.needs[0] ? spread(at, at.g, at.x(1), at.x(0), moves, at.attribute("group", 1)) : undefined,
    at.needs[1] ? weightGradient(at, moves) : undefined,
    at.needs[2] ? at.op("ReduceSum", [at.g, over], { keepdims: 0 }) : undefined,
  ];
};

/** Each channel by itself, with the same share for every value under the window; zeros around it count. */
const averagePool: Rule = (at) => {
  const kernel = at.attribute<number[]>("kernel_shape", []);
  const alone = (value: string): string => {
    const places = at.op("Slice", [at.shape(value), at.ints(2), at.ints(kernel.length + 2)]);
    return at.op("Reshape", [value, at.op("Concat", [at.ints(-1, 1), places], { axis: 0 })]);
  };
  const share = at.number(1 / kernel.reduce((a, b) => a * b, 1));
  const shares = at.op("Expand", [share, at.ints(1, 1, ...kernel)]);
  const made = spread(at, alone(at.g), shares, alone(at.x()), movesOf(at));
  return [at.shaped(made, at.x())];
};

/** The first of the largest gets it, as the pool itself tells where it was. */
const maxPool: Rule = (at) => {
  const [, places] = at.builder.nodes("MaxPool", [at.x()], at.node.attributes, 2) as [string, string];
  const flat = (value: string): string => at.op("Reshape", [value, at.ints(-1)]);
  const zeros = flat(at.zeros(at.x()));
  const made = at.op("ScatterElements", [zeros, flat(places), flat(at.g)], { axis: 0, reduction: "add" });
  return [at.shaped(made, at.x())];
};

export const windows: Readonly<Record<string, Rule>> = {
  Conv: conv,
  AveragePool: averagePool,
  MaxPool: maxPool,
};
