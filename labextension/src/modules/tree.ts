/** The rows of a model's tree that are open, from top to bottom. */
import type { ModuleRow, ModulesPayload, ModuleWeight } from "nnsight-ts/display";

export interface TreeRow {
  /** Of what stands behind it, whichever of a run is chosen. */
  readonly key: string;
  readonly depth: number;
  readonly module: ModuleRow;
  /** Set for a weight of the module. */
  readonly weight?: ModuleWeight;
  /** From the module that is shown, with the chosen one of each run. */
  readonly path: string;
  /** Of a run: which one is chosen. */
  readonly chosen?: number;
}

export interface TreeState {
  readonly open: ReadonlySet<string>;
  /** Which module of a run is meant, by the run's key. */
  readonly chosen: ReadonlyMap<string, number>;
}

export const canOpen = ({ module: { children, weights }, weight }: TreeRow): boolean =>
  !weight && (children !== undefined || weights !== undefined);

export function rowsOf({ root }: ModulesPayload, state: TreeState): TreeRow[] {
  return inside(root, "", "", 0, state);
}

function inside(module: ModuleRow, key: string, path: string, depth: number, state: TreeState): TreeRow[] {
  const { weights = [], children = [] } = module;
  return [
    ...weights.map((weight) => ({ key: `${key}/${weight.name}=`, depth, module, weight, path })),
    ...children.flatMap((child): TreeRow[] => {
      const own = `${key}/${child.name}`;
      const chosen = child.times ? (state.chosen.get(own) ?? 0) : undefined;
      const name = chosen === undefined ? child.name : String(Number(child.name) + chosen);
      const below = path ? `${path}.${name}` : name;
      const row = { key: own, depth, module: child, path: below, ...(chosen !== undefined && { chosen }) };
      return [row, ...(state.open.has(own) ? inside(child, own, below, depth + 1, state) : [])];
    }),
  ];
}

/** Modules that hold others, down to where there would be more rows than `most`: what is open at first. */
export function openAtFirst(payload: ModulesPayload, most: number): Set<string> {
  const open = new Set<string>();
  for (;;) {
    const next = rowsOf(payload, { open, chosen: new Map() }).find(
      (row) => row.module.children && !row.weight && !open.has(row.key) && row.module.times === undefined,
    );
    if (!next) return open;
    const wider = new Set(open).add(next.key);
    if (rowsOf(payload, { open: wider, chosen: new Map() }).length > most) return open;
    open.add(next.key);
  }
}

/** What is open with some groups more, the outer ones first, as far as there are no more rows than `most`. */
export function widened(
  payload: ModulesPayload,
  { open, chosen }: TreeState,
  keys: Iterable<string>,
  most: number,
): Set<string> {
  const wider = new Set(open);
  const groups = groupsOf(payload.root);
  let rows = rowsOf(payload, { open, chosen }).length;
  for (const key of [...keys].sort((a, b) => a.length - b.length)) {
    if (wider.has(key)) continue;
    const group = groups.get(key);
    const more = group && isSeen(group, groups, wider) ? countInside(group.module, key, wider) : 0;
    if (rows + more > most) break;
    rows += more;
    wider.add(key);
  }
  return wider;
}

interface Group {
  readonly module: ModuleRow;
  /** The key of the group around it; empty for those at the top. */
  readonly around: string;
}

function groupsOf(root: ModuleRow): Map<string, Group> {
  const groups = new Map<string, Group>();
  const add = (module: ModuleRow, around: string): void => {
    for (const child of module.children ?? []) {
      const key = `${around}/${child.name}`;
      groups.set(key, { module: child, around });
      add(child, key);
    }
  };
  add(root, "");
  return groups;
}

/** Whether everything around it is open. */
function isSeen({ around }: Group, groups: ReadonlyMap<string, Group>, open: ReadonlySet<string>): boolean {
  for (let key = around; key !== ""; key = groups.get(key)!.around) if (!open.has(key)) return false;
  return true;
}

/** How many rows come when it is opened: those of what is open inside, too. */
function countInside(
  { weights = [], children = [] }: ModuleRow,
  key: string,
  open: ReadonlySet<string>,
): number {
  let count = weights.length + children.length;
  for (const child of children) {
    const own = `${key}/${child.name}`;
    if (open.has(own)) count += countInside(child, own, open);
  }
  return count;
}

/** The keys of all rows whose name, class or weight has the words in it, with the keys of what is around them. */
export function found(
  payload: ModulesPayload,
  words: string,
): { readonly keys: Set<string>; readonly around: Set<string> } {
  const wanted = words.toLowerCase();
  const [keys, around] = [new Set<string>(), new Set<string>()];
  const look = (module: ModuleRow, key: string, above: readonly string[]): void => {
    const hit = (one: string, text: string): void => {
      if (!text.toLowerCase().includes(wanted)) return;
      keys.add(one);
      for (const outer of above) around.add(outer);
    };
    for (const { name } of module.weights ?? []) hit(`${key}/${name}=`, name);
    for (const child of module.children ?? []) {
      const own = `${key}/${child.name}`;
      hit(own, `${child.name} ${child.kind}`);
      look(child, own, [...above, own]);
    }
  };
  look(payload.root, "", []);
  return { keys, around };
}
