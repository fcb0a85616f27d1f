/** Nested arrays and objects with leaves: what modules take and give, and what a callback returns. */

export type Literal = number | string | boolean | bigint | null | undefined;

/** Leaves of one kind and plain literals, nested in arrays and plain objects. */
export type Tree<L> = L | Literal | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** The place of a leaf: `[0]`, `.logits`, `[1].mask`. */
export type Path = readonly (string | number)[];

export const printPath = (path: Path): string =>
  path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");

export function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== "object" || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** The same nesting with each leaf replaced; what is neither leaf, array nor plain object stays as it is. */
export function mapTree<L, M>(
  tree: unknown,
  isLeaf: (x: unknown) => x is L,
  change: (leaf: L, path: Path) => M,
  path: Path = [],
): Tree<M> {
  if (isLeaf(tree)) return change(tree, path);
  if (Array.isArray(tree)) return tree.map((item, i) => mapTree(item, isLeaf, change, [...path, i]));
  if (!isPlainObject(tree)) return tree as Literal;
  const made: Record<string, Tree<M>> = {};
  for (const key of Object.keys(tree)) {
    const item = mapTree(tree[key], isLeaf, change, [...path, key]);
    if (key === "__proto__") Object.defineProperty(made, key, { value: item, enumerable: true });
    else made[key] = item;
  }
  return made;
}

/** The leaves in order. */
export function leavesOf<L>(tree: unknown, isLeaf: (x: unknown) => x is L): L[] {
  const leaves: L[] = [];
  collect(tree, isLeaf, leaves);
  return leaves;
}

function collect<L>(tree: unknown, isLeaf: (x: unknown) => x is L, leaves: L[]): void {
  if (isLeaf(tree)) leaves.push(tree);
  else if (Array.isArray(tree)) for (const item of tree) collect(item, isLeaf, leaves);
  else if (isPlainObject(tree)) for (const key of Object.keys(tree)) collect(tree[key], isLeaf, leaves);
}

/** The part of a tree at a place, or undefined. */
export function atPath(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null ? (part as Record<string, unknown>)[key] : undefined,
    tree,
  );
}
