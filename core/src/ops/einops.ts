/** einops: dimensions by name. A pattern says what they are and what they shall be. */
import { ValueError } from "../base/errors.ts";
import { sizeOfDim } from "../tensor/type.ts";
import { amax, amin } from "./accumulate.ts";
import { tile } from "./arrange.ts";
import { composed, composition, type Part, type Steps, viewing } from "./compose.ts";
import { isNumber, type Pattern, patternOf, sizesOf } from "./einops-pattern.ts";
import { expand, permute, squeeze, unsqueeze } from "./movement.ts";
import { all, any, mean, prod, sum } from "./reduce.ts";
import { flatten, unflatten } from "./reshape.ts";
import { op, type Value } from "./spec.ts";

/** Sizes by name, for names that the tensor's sizes do not tell. */
export type AxisSizes = Readonly<Record<string, number>>;

/**
 * The same values with dimensions joined, split and moved.
 * @example ops.rearrange(ops.ones(2, 12), "batch (heads size) -> heads batch size", { heads: 3 }).shape // [3, 2, 4]
 * @throws ValueError when the pattern does not fit
 * @see einops.rearrange
 */
export const rearrange = viewing({
  call: (x: Value, pattern: string, sizes: AxisSizes = {}) => ({
    operands: [x],
    params: { pattern, ...namesOf(sizes) },
  }),
  make: (steps, [x], { pattern, names, sizes }) => {
    const { left, right } = patternOf(pattern, x!.type.shape.length);
    const missing = [...left.flat(), ...right.flat()].find(
      (name) => !isNumber(name) && left.flat().includes(name) !== right.flat().includes(name),
    );
    if (missing !== undefined)
      throw new ValueError(
        `the pattern "${pattern}": "${missing}" stands on one side only; reduce and repeat take such`,
      );
    return arranged(steps, x!, { left, right }, pattern, sizesFrom(names, sizes));
  },
});

const folds = { sum, mean, prod, max: amax, min: amin, any, all } as const;

/**
 * Values folded along the dimensions that the right side lacks.
 * @param reduction "mean", "sum", "max", "min", "prod", "any" or "all"
 * @example ops.reduce(tensor([[[1, 2], [3, 4]]]), "batch position hidden -> batch hidden", "mean") // tensor([[2., 3.]])
 * @throws ValueError when the pattern does not fit
 * @see einops.reduce
 */
export const reduce = composed({
  call: (x: Value, pattern: string, reduction: keyof typeof folds, sizes: AxisSizes = {}) => {
    if (!(reduction in folds))
      throw new ValueError(
        `reduce by "${reduction}": use ${Object.keys(folds)
          .map((name) => `"${name}"`)
          .join(", ")}`,
      );
    return { operands: [x], params: { pattern, reduction, ...namesOf(sizes) } };
  },
  make: (steps, [x], { pattern, reduction, names, sizes }) => {
    const { left, right } = patternOf(pattern, x!.type.shape.length);
    const given = sizesFrom(names, sizes);
    const split = opened(steps, x!, { left, right }, pattern, given);
    const gone = left.flat().flatMap((name, i) => (right.flat().includes(name) ? [] : [i]));
    const folded = gone.length === 0 ? split : steps.do(folds[reduction], split, gone);
    const kept = left.flat().filter((name) => right.flat().includes(name));
    return closed(steps, folded, kept, right, pattern);
  },
});

/**
 * With a string, einops: values repeated along new dimensions. With numbers, torch's: the whole tensor so many times
 * along each dimension.
 * @example ops.repeat(tensor([1, 2]), "hidden -> batch hidden", { batch: 2 }) // tensor([[1., 2.], [1., 2.]])
 * @example tensor([1, 2]).repeat(2, 1) // tensor([[1., 2.], [1., 2.]])
 * @throws ValueError when the pattern does not fit
 * @see einops.repeat
 */
export const repeat = op({
  ...composition({
    call: (
      x: Value,
      ...args: readonly [string, AxisSizes?] | readonly number[] | readonly [readonly number[]]
    ) => {
      const [first, second] = args;
      const text = typeof first === "string" ? first : null;
      const counts = text === null ? (args.flat() as number[]) : [];
      return {
        operands: [x],
        params: { pattern: text, counts, ...namesOf((text === null ? {} : (second ?? {})) as AxisSizes) },
      };
    },
    make: (steps, [x], { pattern, counts, names, sizes }) => {
      if (pattern === null) return steps.do(tile, x!, ...counts);
      const { left, right } = patternOf(pattern, x!.type.shape.length);
      const given = sizesFrom(names, sizes);
      const own = left.flat();
      let part = opened(steps, x!, { left, right }, pattern, pick(given, own));
      const order = right.flat();
      const lost = own.find((name) => !order.includes(name));
      if (lost !== undefined)
        throw new ValueError(`the pattern "${pattern}": "${lost}" is missing on the right`);
      part = steps.do(
        permute,
        part,
        ...order.filter((name) => own.includes(name)).map((name) => own.indexOf(name)),
      );
      for (const [i, name] of order.entries()) {
        if (own.includes(name)) continue;
        const size = isNumber(name) ? Number(name) : given[name];
        if (size === undefined) throw new ValueError(`the pattern "${pattern}": give the size of "${name}"`);
        const wide = steps.do(unsqueeze, part, i);
        part = steps.do(expand, wide, ...wide.type.shape.map((_, d) => (d === i ? size : -1)));
      }
      return joined(steps, part, right);
    },
  }),
  moves: true,
});

type Named = { readonly names: readonly string[]; readonly sizes: readonly number[] };

const namesOf = (sizes: AxisSizes): Named => ({ names: Object.keys(sizes), sizes: Object.values(sizes) });

const sizesFrom = (names: readonly string[], sizes: readonly number[]): AxisSizes =>
  Object.fromEntries(names.map((name, i) => [name, sizes[i]!]));

const pick = (sizes: AxisSizes, names: readonly string[]): AxisSizes =>
  Object.fromEntries(Object.entries(sizes).filter(([name]) => names.includes(name)));

function arranged(steps: Steps, x: Part, pattern: Pattern, text: string, given: AxisSizes): Part {
  return closed(steps, opened(steps, x, pattern, text, given), pattern.left.flat(), pattern.right, text);
}

/** One dimension for each name on the left. */
function opened(steps: Steps, x: Part, pattern: Pattern, text: string, given: AxisSizes): Part {
  const unknown = Object.keys(given).find((name) => !pattern.left.flat().includes(name));
  if (unknown !== undefined)
    throw new ValueError(`the pattern "${text}" has no "${unknown}" on the left, but its size is given`);
  const sizes = sizesOf(pattern, text, x.type, given);
  let part = x;
  for (let i = pattern.left.length - 1; i >= 0; i--) {
    const group = pattern.left[i]!;
    if (group.length === 1) continue;
    const numbers = group.map((name) => sizeOfDim(sizes.get(name)!) ?? -1);
    part = steps.do(unflatten, part, i, group.length === 0 ? [1] : numbers);
    if (group.length === 0) part = steps.do(squeeze, part, i);
  }
  return part;
}

/** From one dimension for each name to the groups on the right. */
function closed(
  steps: Steps,
  x: Part,
  names: readonly string[],
  right: Pattern["right"],
  text: string,
): Part {
  const order = right.flat();
  const unknown = order.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new ValueError(`the pattern "${text}": "${unknown}" stands on the right only; repeat takes such`);
  const dims = order.map((name) => names.indexOf(name));
  const moved = dims.every((dim, i) => dim === i) ? x : steps.do(permute, x, ...dims);
  return joined(steps, moved, right);
}

/** Neighbours in one group as one dimension; an empty group as a size of 1. */
function joined(steps: Steps, x: Part, groups: Pattern["right"]): Part {
  return groups.reduce<Part>((part, group, i) => {
    if (group.length === 0) return steps.do(unsqueeze, part, i);
    return group.length === 1 ? part : steps.do(flatten, part, i, i + group.length - 1);
  }, x);
}
