/** Patterns of einops, "b (h w) c -> b c h w": read, checked and measured. */
import { ValueError } from "../base/errors.ts";
import { type Dim, printType, sizeOfDim, type Type } from "../tensor/type.ts";

/** The names of one dimension: one, several in parentheses, or none for a size of 1. */
export type Group = readonly string[];

export interface Pattern {
  readonly left: readonly Group[];
  readonly right: readonly Group[];
}

/** What an ellipsis in the pattern is called; its dimensions are "…0", "…1" and so on. */
const dots = "…";
/** The same between parentheses: its dimensions become part of one. */
const wrapped = "(…)";

/** A pattern for a tensor of a number of dimensions. @throws ValueError with what is wrong with it */
export function patternOf(text: string, rank: number): Pattern {
  const sides = text.split("->");
  const fault = (why: string) => new ValueError(`the pattern "${text}": ${why}`);
  if (sides.length !== 2) throw fault('write "->" once, between what is and what shall be');
  const [left, right] = sides.map((side) => groupsOf(side, fault)) as [Group[], Group[]];
  const open = rank - (left.length - Number(left.some(isDots)));
  if (left.flat().includes(dots) ? open < 0 : open !== 0)
    throw fault(`it has ${left.length} dimensions on the left, the tensor has ${rank}`);
  if (left.flat().includes(wrapped)) throw fault('"..." in parentheses stands on the right only');
  if (right.flat().some((name) => name === dots || name === wrapped) && !left.flat().includes(dots))
    throw fault('"..." is missing on the left');
  const spread = (group: Group): Group[] =>
    isDots(group)
      ? Array.from({ length: open }, (_, i) => [dots + i])
      : [
          group.flatMap((name) =>
            name === wrapped ? Array.from({ length: open }, (_, i) => dots + i) : [name],
          ),
        ];
  const pattern = { left: left.flatMap(spread), right: right.flatMap(spread) };
  for (const side of [pattern.left, pattern.right]) {
    const twice = side.flat().find((name, i, all) => all.indexOf(name) !== i && !isNumber(name));
    if (twice !== undefined) throw fault(`"${twice}" stands twice on one side`);
  }
  return pattern;
}

const isDots = (group: Group): boolean => group.length === 1 && group[0] === dots;
export const isNumber = (name: string): boolean => /^\d+$/.test(name);

function groupsOf(side: string, fault: (why: string) => Error): Group[] {
  const words = side.replaceAll("...", ` ${dots} `).replaceAll(/[()]/g, " $& ").split(/\s+/).filter(Boolean);
  const groups: string[][] = [];
  let open: string[] | undefined;
  for (const word of words) {
    if (word === "(") {
      if (open) throw fault("parentheses do not nest");
      groups.push((open = []));
    } else if (word === ")") {
      if (!open) throw fault('")" without "("');
      open = undefined;
    } else {
      if (word !== dots && !/^([A-Za-z_]\w*|\d+)$/.test(word))
        throw fault(`"${word}" is no name of a dimension`);
      const names = word === "1" ? [] : [word === dots && open ? wrapped : word];
      if (open) open.push(...names);
      else groups.push(names);
    }
  }
  if (open) throw fault('"(" without ")"');
  return groups;
}

/** The size of each name on the left, where it is known. @throws ValueError when the sizes do not fit */
export function sizesOf(
  { left }: Pattern,
  text: string,
  x: Type,
  given: Readonly<Record<string, number>>,
): Map<string, Dim> {
  const sizes = new Map<string, Dim>(Object.entries(given));
  for (const [i, group] of left.entries()) {
    const dim = x.shape[i]!;
    const n = sizeOfDim(dim);
    const fault = (why: string) =>
      new ValueError(`the pattern "${text}" for ${printType(x)}: dimension ${i} ${why}`);
    const numberOf = (name: string): number | undefined =>
      isNumber(name) ? Number(name) : sizes.has(name) ? sizeOfDim(sizes.get(name)!) : undefined;
    const open = group.filter((name) => numberOf(name) === undefined);
    const known = group.reduce((product, name) => product * (numberOf(name) ?? 1), 1);
    for (const name of group) if (isNumber(name)) sizes.set(name, Number(name));
    if (open.length > 1) throw fault(`is (${group.join(" ")}): give the sizes of all but one of them`);
    if (open.length === 0) {
      if (n !== undefined && n !== known) throw fault(`has ${n} places, not ${known}`);
      continue;
    }
    if (n !== undefined && n % known !== 0) throw fault(`has ${n} places, which ${known} does not divide`);
    sizes.set(
      open[0]!,
      n === undefined ? (known === 1 ? dim : { name: `${open[0]}` }) : dimOf(dim, n, known),
    );
  }
  return sizes;
}

/** A dimension that is taken whole keeps its name. */
const dimOf = (dim: Dim, n: number, known: number): Dim => (known === 1 ? dim : n / known);
