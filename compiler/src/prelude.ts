/** The virtual module of a cell: one line that brings in earlier names, the cell's own text, and its exports. */
import { basename } from "node:path";
import { type CellNames, type NameKind, namesOf } from "./names.ts";
import { ts } from "./typescript.ts";

/** Where an earlier cell declared a name. */
export interface Origin {
  readonly file: string;
  readonly kind: NameKind;
  readonly hasValue: boolean;
}

export interface CellModule {
  readonly text: string;
  /** Length of what stands before the cell's text. */
  readonly offset: number;
  readonly names: CellNames;
}

/** Names the kernel needs inside a cell; users do not see them. */
export const scopeName = "__scope";
export const runtimeName = "__runtime";
const sourceName = "__source";

export function isInternalName(name: string): boolean {
  return name === scopeName || name === runtimeName || name.startsWith(sourceName);
}

/** Brings in the earlier names that the cell uses, or all of them when it is still being typed. */
export function cellModule(
  code: string,
  origins: ReadonlyMap<string, Origin>,
  brings: "used" | "all" = "used",
): CellModule {
  const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true);
  const names = namesOf(source.statements);
  const wanted = brings === "all" ? origins.keys() : identifiersOf(source);
  const brought = [...wanted].filter((name) => origins.has(name) && !names.kinds.has(name));
  // A type beside the value of an earlier cell: `type User = z.infer<typeof User>`.
  const beside = [...names.types].filter((name) => origins.get(name)?.hasValue);
  const prelude = `${preludeOf(brought, origins)}${valuesOf(beside, origins)}export {};\n`;
  const exports = [...names.kinds.keys()].filter((name) => !names.exported.has(name));
  return { text: `${prelude}${code}\n;export {${exports.join(",")}};`, offset: prelude.length, names };
}

/** Constants are imported; what may be assigned again is declared with the type of its first declaration. */
function preludeOf(brought: readonly string[], origins: ReadonlyMap<string, Origin>): string {
  const byFile = Map.groupBy(brought, (name) => origins.get(name)!.file);
  return [...byFile].map(([file, names], index) => importsFrom(file, names, index, origins)).join("");
}

function importsFrom(
  file: string,
  names: readonly string[],
  index: number,
  origins: ReadonlyMap<string, Origin>,
): string {
  const specifier = JSON.stringify(`./${basename(file)}`);
  const fixed = names.filter((name) => origins.get(name)!.kind !== "variable");
  const open = names.filter((name) => origins.get(name)!.kind === "variable");
  const namespace = `${sourceName}${index}`;
  let text = fixed.length ? `import {${fixed.join(",")}} from ${specifier};` : "";
  if (open.length) text += `import type * as ${namespace} from ${specifier};`;
  for (const name of open) text += `declare let ${name}: typeof ${namespace}.${name};`;
  return text;
}

function valuesOf(names: readonly string[], origins: ReadonlyMap<string, Origin>): string {
  return names
    .map((name) => {
      const from = JSON.stringify(`./${basename(origins.get(name)!.file)}`);
      return `declare const ${name}: typeof import(${from}).${name};`;
    })
    .join("");
}

function identifiersOf(source: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  function walk(node: ts.Node): void {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, walk);
  }
  walk(source);
  return found;
}
