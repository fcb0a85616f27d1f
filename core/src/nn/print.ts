/** The tree of a module as text. */
import type { Module } from "./module.ts";

/** Other names at a module, each with the path from there that it stands for. */
type Aliases = (module: Module) => ReadonlyMap<string, string> | undefined;

/**
 * The tree as torch prints it: children that are alike and follow each other in one line, `(0-29): 30 x Block(...)`;
 * other names stand beside a child's own, `(layer1, first): Linear(...)`, or on a line with the path they stand for.
 */
export function printModule(module: Module, aliases: Aliases = () => undefined): string {
  const others = [...(aliases(module) ?? [])];
  const runs: { first: string; last: string; count: number; text: string }[] = [];
  for (const [name, child] of Object.entries(module.children)) {
    const text = printModule(child, aliases).replaceAll("\n", "\n  ");
    const label = [name, ...others.filter(([, path]) => path === name).map(([alias]) => alias)].join(", ");
    const run = runs.at(-1);
    if (run?.text === text && module.holdsUnits && label === name) {
      run.last = name;
      run.count++;
    } else runs.push({ first: label, last: name, count: 1, text });
  }
  if (runs.length === 0) return `${module.kind}(${module.extra()})`;
  const lines = runs.map(({ first, last, count, text }) =>
    count === 1 ? `  (${first}): ${text}` : `  (${first}-${last}): ${count} x ${text}`,
  );
  const far = others.filter(([, path]) => path.includes(".")).map(([alias, path]) => `  (${alias}): ${path}`);
  return `${module.kind}(\n${[...lines, ...far].join("\n")}\n)`;
}
