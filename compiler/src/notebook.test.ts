import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Notebook } from "./notebook.ts";
import { either } from "./runtime/index.ts";
import { ts } from "./typescript.ts";

let folder: string;
let notebook: Notebook;
let scope: Record<string, unknown>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cells-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(options: Partial<ConstructorParameters<typeof Notebook>[0]> = {}): void {
  notebook = new Notebook({ folder, ...options });
  scope = Object.create(null) as Record<string, unknown>;
}

/** Compiles and runs a cell; its value, or the messages of its errors. */
async function run(code: string, modules: Record<string, object> = {}): Promise<unknown> {
  const cell = notebook.compile(code);
  if (!cell.ok) return cell.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
  const runtime = {
    result: undefined as unknown,
    turn: 0,
    either,
    meta: { url: "file:///notebook.ts" },
    resumed: (_: number, value: unknown) => value,
    import: async (name: string) => modules[name] ?? (await import(name)),
  };
  await (vm.runInThisContext(cell.js) as (...args: unknown[]) => Promise<void>)(scope, runtime);
  return runtime.result;
}

/** Each entry is one notebook: cells and the value of the last. */
const notebooks: Record<string, [cells: string[], value: unknown]> = {
  "the last expression is the result": [["1 + 2"], 3],
  "a semicolon changes nothing": [["1 + 2;"], 3],
  "a declaration has no result": [["const a = 1"], undefined],
  "types after the last expression change nothing": [["5\ntype T = number"], 5],
  "variables live on": [["const a = 1; let b = 2", "a + b"], 3],
  "a variable may be assigned later": [["let q = 1; function get() { return q }", "q = 5; get()"], 5],
  "a variable may be declared again with another type": [["const a = 1", 'const a = "x"', "a.length"], 1],
  "functions may be called above their text": [["f();\nfunction f() { return 1 }\nf()"], 1],
  "a name must be declared before the cell that uses it": [
    ["function f() { return later }"],
    ["1:23 Cannot find name 'later'."],
  ],
  "a class knows itself": [["class P { static one = new P(); x = 1 }", "P.one.x"], 1],
  "a class is replaced": [["class P { a = 1 }", "class P { b = 2 }", "new P().b"], 2],
  "classes extend classes of earlier cells": [["class A { a = 1 }", "class B extends A {}", "new B().a"], 1],
  "types live on": [["interface I { a: number }", "const i: I = { a: 4 }; i.a"], 4],
  "generics live on": [["const id = <T,>(x: T) => x", "id({ a: 1 }).a"], 1],
  enums: [["enum E { A, B = 3 }", "E.B"], 3],
  "constant enums": [["const enum E { A = 7 }", "E.A"], 7],
  namespaces: [["const v = 2; namespace N { export const w = v + 1; var inner = 1 }", "N.w"], 3],
  "objects are taken apart": [
    ["const { a, b: [c, ...d], e = 5, ...rest } = { a: 1, b: [2, 3, 4], f: 6 } as any", "[a, c, d, e, rest]"],
    [1, 2, [3, 4], 5, { f: 6 }],
  ],
  "arrays are taken apart": [["const [a, , b = 4] = [1, 2] as number[]; [a, b]"], [1, 4]],
  "patterns are assigned to": [
    ["let a = 1, b = 2", "[a, b] = [b, a]; ({ a, c: b = 9 } = { a, c: undefined as any }); [a, b]"],
    [2, 9],
  ],
  "short properties": [["const a = 1", "({ a })"], { a: 1 }],
  "a name may be hidden": [["const a = 1", "((a: number) => a)(2)"], 2],
  "a property is no name": [["const a = 1", "({ a: 2 }).a"], 2],
  "var in a block lives on": [["{ const t = 2; var out = [t] }", "out.length + out[0]!"], 3],
  "var in a block is typed": [
    ["{ var out = [1] }", "out.nosuch"],
    ["1:5 Property 'nosuch' does not exist on type 'number[]'."],
  ],
  "var in loops": [
    [
      "for (var i = 0, j = 5; i < 3; i++) {}\nfor (var k of [7]) {}\nfor (var key in { x: 1 }) {}",
      "[i, j, k, key]",
    ],
    [3, 5, 7, "x"],
  ],
  "var in a function stays there": [["const v = 1; function f() { var v = 2; return v }\nf() + v"], 3],
  "var without a value keeps its value": [
    ["var a: number | undefined = 1", "{ var b: number | undefined }\na"],
    1,
  ],
  "let in a block stays there": [["{ let hidden = 1 }", "hidden"], ["1:1 Cannot find name 'hidden'."]],
  "an empty array takes the type of what is put there": [
    ["const found = []; for (const x of [1, 2]) found.push(x)\nfound[0].nosuch"],
    ["2:10 Property 'nosuch' does not exist on type 'number'."],
  ],
  "an empty array is filled by later cells": [
    ["const found = []", "found.push(1)", "found.push('b'); found"],
    [1, "b"],
  ],
  "what is null at first takes any type": [
    ["let best = null; for (const x of [1, 2]) best = x\nbest", "best = 'x'; best.length"],
    1,
  ],
  "an empty array is filled by a callback": [
    ["const found = []; [1, 2].forEach((x) => { found.push(x) }); found[1].toFixed(1)"],
    "2.0",
  ],
  "a variable that a callback gives its value": [
    [
      "let made, first = null, last = undefined; [1, 2].forEach((x) => { made = x; first ??= { x }; last = [x] });\n[made.toFixed(), first.x, last.length]",
    ],
    ["2", 1, 1],
  ],
  "types may be left out": [
    ["const o = {}; o['k'] = 1; function f(x, [y], ...rest) { return x + y + rest.length }", "o.k"],
    ["1:3 Property 'k' does not exist on type '{}'."],
  ],
  "several indices in brackets": [
    ["const x = [[1, 2]]; x[0, -1]"],
    [
      "1:23 Left side of comma operator is unused and has no side effects. Several indices of a tensor are read with `x.at(0, -1)` and written with `x.set([0, -1], value)`.",
    ],
  ],
  "a comma elsewhere": [
    ["const x = [1]; 1, x[0]"],
    ["1:16 Left side of comma operator is unused and has no side effects."],
  ],
  "top-level await": [["const z = await Promise.resolve(4)", "z"], 4],
  "for await": [["let sum = 0; for await (const x of [Promise.resolve(1), 2]) sum += x\nsum"], 3],
  "await in functions": [["const f = async () => (await 1) + 1", "await f()"], 2],
  "using closes before the end": [
    [
      "const log: string[] = []",
      "await using d = { async [Symbol.asyncDispose]() { log.push('closed') } }\nlog.push('body')",
      "log",
    ],
    ["body", "closed"],
  ],
  "using in a block closes there": [
    [
      "const log: string[] = []; { using d = { [Symbol.dispose]() { log.push('closed') } }; log.push('in') }\nlog.push('after'); log",
    ],
    ["in", "closed", "after"],
  ],
  "static imports": [
    [
      'import path, { join, type ParsedPath } from "node:path"; import * as all from "node:path"',
      'join("a", "b") + (all.sep === path.sep)',
    ],
    "a/btrue",
  ],
  "imports may be renamed": [['import { join as j } from "node:path"', 'j("a")'], "a"],
  "dynamic imports": [['const { join } = await import("node:path"); join("a")'], "a"],
  "import.meta": [["import.meta.url"], "file:///notebook.ts"],
  "exported declarations": [
    ["export const a = 1; export function f() { return a }\nexport class C { b = f() }", "new C().b + a"],
    2,
  ],
  "declared names are found where they are": [
    ["declare const globalThing: number", "typeof globalThing"],
    "undefined",
  ],
  "functions keep their names": [
    ["const f = () => 1, g = class {}", "[f.name, g.name]"],
    ["f", "g"],
  ],
  "a called function has no this": [["function f(this: unknown) { return this }", "f()"], undefined],
  "optional calls": [["const f = undefined as (() => 1) | undefined", "f?.()"], undefined],
  "template tags": [["const tag = (s: TemplateStringsArray) => s[0]", "tag`x`"], "x"],
  "counting up": [["let n = 1", "n++; n += 2; n"], 4],
  "satisfies and as": [["const o = { a: 1 } satisfies Record<string, number>", "(o as any).a"], 1],
  decorators: [
    [
      "function twice(f: any, _: any) { return function (this: any) { return f.call(this) * 2 } }",
      "class K { @twice m() { return 2 } }\nnew K().m()",
    ],
    4,
  ],
  "accessors, static blocks and private names": [
    [
      "class A { accessor a = 1; static s = 0; static { A.s = 2 } #p = 3; get p() { return this.#p } }\n[new A().a, A.s, new A().p]",
    ],
    [1, 2, 3],
  ],
  "an enum is replaced": [["enum E { A }", "enum E { B = 5 }", "E.B"], 5],
  "a namespace is replaced": [
    ["namespace N { export const a = 1 }", "namespace N { export const b = 2 }", "N.b"],
    2,
  ],
  "an interface is replaced": [
    ["interface I { a: 1 }", "interface I { b: 2 }", "const i: I = { b: 2 }; i.b"],
    2,
  ],
  "a type stands beside a value of its name": [
    [
      "const user = { a: 1 }",
      "type user = typeof user",
      "interface Other { a: 1 }",
      "const u: user = { a: 2 }; [u, user]",
    ],
    [{ a: 2 }, { a: 1 }],
  ],
  "an import replaces a function": [
    ["function join() { return 1 }", 'import { join } from "node:path"; join("a", "b")'],
    "a/b",
  ],
  "a function replaces an import": [
    ['import { join } from "node:path"', "function join() { return 1 }", "join()"],
    1,
  ],
  "overloads live on": [
    [
      "function f(x: number): number; function f(x: string): string; function f(x: any) { return x }",
      "f('s').length",
    ],
    1,
  ],
  "abstract classes": [
    ["abstract class A { abstract m(): number }", "class B extends A { m() { return 1 } }", "new B().m()"],
    1,
  ],
  "a markup language is not spoken": [["const d = <div/>"], ["1:15 '>' expected."]],
  "what is exported by a list lives on": [
    ["const a = 1, b = 2; export { a, b as c }", "[a, b]"],
    [1, 2],
  ],
  "labels and loops": [["outer: for (const a of [1, 2]) { for (;;) continue outer }\n3"], 3],
  "a constant may not be assigned to": [
    ["const a = 1", "a = 2"],
    ["1:1 Cannot assign to 'a': it is a constant of an earlier cell. Declare it again with 'let a = …'."],
  ],
  "a type error has its place": [
    ['1\nconst n: number = "s"'],
    ["2:7 Type 'string' is not assignable to type 'number'."],
  ],
  "a syntax error has its place": [["if (1) {"], ["1:9 '}' expected."]],
  "checks may be turned off": [['// @ts-nocheck\nconst n: number = "s"; n'], "s"],
  "a cell says for itself that types are not checked": [
    ['// @nnsight types: off\nconst n: number = "s"; n', "n.nosuch"],
    ["1:3 Property 'nosuch' does not exist on type 'number'."],
  ],
  "a wrong cell leaves no names": [["const a: number = 1", "const a: string = 2; const b = 1", "a"], 1],
};

/** The language service starts slowly, so all these notebooks share one; it forgets names in between. */
let shared = false;

describe("cells", () => {
  test.each(Object.entries(notebooks))("%s", { timeout: 60_000 }, async (_, [cells, value]) => {
    if (!shared) open();
    shared = true;
    notebook.forget();
    scope = Object.create(null) as Record<string, unknown>;
    let last: unknown;
    for (const cell of cells) last = await run(cell);
    expect(last).toEqual(value);
  });
});

test("a pinned package is taken from its own place, a virtual module from its text", {
  timeout: 60_000,
}, async () => {
  const own = join(folder, "kernel", "node_modules", "pinned");
  const other = join(folder, "node_modules", "pinned");
  for (const [place, type] of [
    [own, "number"],
    [other, "string"],
  ] as const) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), '{"name":"pinned","types":"index.d.ts"}');
    writeFileSync(join(place, "index.d.ts"), `export declare const value: ${type};`);
  }
  open({
    pinned: { packages: ["pinned"], containingFile: join(folder, "kernel", "main.js") },
    virtual: { extra: "export declare function twice(x: number): number;" },
  });
  const modules = { pinned: { value: 21 }, extra: { twice: (x: number) => 2 * x } };
  const code = 'import { value } from "pinned"; import { twice } from "extra";\ntwice(value)';
  expect(await run(code, modules)).toBe(42);
});

test("a file that is written later is found", { timeout: 60_000 }, async () => {
  open();
  expect(await run('import { a } from "./later.ts"')).toHaveLength(1);
  writeFileSync(join(folder, "later.ts"), "export const a = 1;");
  expect(await run('import { a } from "./later.ts"; a', { "./later.ts": { a: 1 } })).toBe(1);
});

test("names that were lost are told apart from unknown ones", { timeout: 60_000 }, async () => {
  open();
  await run("const a = 1");
  notebook.forget();
  expect(await run("a")).toEqual([
    "1:1 Cannot find name 'a'. It was lost when the user process ended: run the cell that declares it again.",
  ]);
});

test("names that got no value mean what they meant before", { timeout: 60_000 }, async () => {
  open();
  await run("const a = 1");
  const cell = notebook.compile("const a = 'x', b = 2");
  expect(cell).toMatchObject({ ok: true, variables: ["a", "b"] });
  notebook.withdraw(["a", "b"]);
  expect(await run("a.toFixed()")).toBe("1");
  expect(await run("b")).toEqual(["1:1 Cannot find name 'b'."]);
});

test("a name that the user has dropped means nothing any more, until a cell declares it anew", async () => {
  open();
  await run("const a = 1, b = 2");
  notebook.drop(["a"]);
  expect(await run("a")).toEqual(["1:1 Cannot find name 'a'."]);
  expect(await run("b")).toBe(2);
  expect(await run('const a = "again"; a.length')).toBe(5);
});

test("what an editor asks", { timeout: 60_000 }, async () => {
  open();
  await run("/** Adds one. */\nfunction next(x: number) { return x + 1 }");
  const texts = (code: string, at = code.length) =>
    notebook.complete(code, at).matches.map(({ text }) => text);
  expect(texts("nex")).toEqual(["next"]);
  expect(notebook.complete("1; nex", 6)).toMatchObject({ start: 3, end: 6 });
  expect(texts("next(1).toF")).toEqual(["toFixed"]);
  expect(texts("{ const inside = [1]; inside.ma")).toContain("map");
  expect(texts("__")).not.toContain("__scope");
  await run("function pick<P extends string>(path: P) { return path }");
  expect(texts('pick("la')).toEqual([]);
  expect(notebook.inspect("next(1)", 2)).toMatchObject({
    signature: expect.stringContaining("next(x: number): number"),
    documentation: "Adds one.",
  });
  expect(notebook.inspect("next(", 5)?.signature).toContain("next(x: number)");
  expect(notebook.inspect("   ", 1)).toBeUndefined();
});

test("type errors may be warnings, in one cell and in a notebook", { timeout: 60_000 }, () => {
  open();
  const wrong = 'const n: number = "s";';
  const warned = (code: string) => {
    const cell = notebook.compile(code);
    return cell.ok ? [cell.warnings.map(({ line, code }) => [line, code]), cell.notes] : "refused";
  };
  expect(warned(`\n// A comment.\n// @nnsight types: warning\n${wrong}`)).toEqual([[[4, 2322]], []]);
  expect(warned(wrong)).toBe("refused");
  expect(warned(`// @nnsight notebook types: warning\n${wrong}`)).toEqual([[[2, 2322]], []]);
  expect(warned(wrong)).toEqual([[[1, 2322]], []]);
  expect(warned(`// @nnsight types: error\n${wrong}`)).toBe("refused");
  expect(warned("const s = 1;\n// @nnsight types: off\nconst n: number = 's'")).toEqual([[[3, 2322]], []]);
  expect(warned("// @nnsight tipes: off\n1")).toEqual([[], [expect.stringContaining("is not understood")]]);
});

test("tsconfig.json of the folder", { timeout: 60_000 }, async () => {
  const own = join(folder, "configured");
  mkdirSync(own);
  const file = join(own, "tsconfig.json");
  writeFileSync(join(own, "base.json"), '{ "compilerOptions": { "noUncheckedIndexedAccess": true } }');
  writeFileSync(
    file,
    `{ // with comments
      "extends": "./base.json",
      "compilerOptions": { "noImplicitAny": true, "target": "es5", "lib": ["dom", "es2015"], "paths": { "@/*": ["./*"] }, "wrong": 1 } }`,
  );
  writeFileSync(join(own, "lib.ts"), "export const a = 1;");
  open({ folder: own });
  expect(await run("function f(x) { return x }")).toEqual([
    "1:12 Parameter 'x' implicitly has an 'any' type.",
  ]);
  expect(await run("const s = [1][0]; s.toFixed()")).toEqual(["1:19 's' is possibly 'undefined'."]);
  expect(notebook.compile("typeof document")).toMatchObject({
    ok: true,
    notes: ["tsconfig.json: Unknown compiler option 'wrong'."],
  });
  const cell = notebook.compile('import { a } from "@/lib"; await using b = null; a ** 2');
  expect(cell).toMatchObject({ ok: true, js: expect.stringContaining(`import("file://${own}/lib.ts"`) });
  expect(notebook.compile("1")).toMatchObject({ notes: [] });
  writeFileSync(file, '{ "nnsight": { "types": "warning" } }');
  utimesSync(file, 1, 1);
  expect(notebook.compile('const n: number = "s"; [1][0].toFixed()')).toMatchObject({
    ok: true,
    warnings: [{ code: 2322 }],
  });
});

test("a cell tells which names it imports, and where its functions are", { timeout: 60_000 }, () => {
  open();
  const code =
    'import p, { join as j } from "node:path"; import * as all from "node:fs";\n[p, j, all, (x: number) => x]';
  const cell = notebook.compile(code);
  if (!cell.ok) throw new Error("refused");
  expect(cell.js).toContain('import("node:path", void 0, { "p": "default", "j": "join" })');
  expect(cell.js).toContain('import("node:fs", void 0, { "all": "*" })');
  expect(cell.functions.map((range) => code.slice(...range))).toEqual(["(x: number) => x"]);
});

test("where values can tell more than types", { timeout: 60_000 }, async () => {
  open();
  await run("const lm: any = {}");
  const lookup = (code: string, at = code.length) => notebook.complete(code, at).lookup;
  const end = { prefix: "", start: 1, end: 1, method: "" };
  expect(lookup("lm.")).toEqual({ ...end, path: ["lm"], place: "member", start: 3, end: 3 });
  expect(lookup("lm.layers[0].a['b'][-1]!.at")).toMatchObject({
    path: ["lm", "layers", "0", "a", "b", "-1"],
    prefix: "at",
  });
  expect(lookup('lm["k')).toMatchObject({ path: ["lm"], place: "key", prefix: "k", start: 4, end: 5 });
  expect(lookup("(lm).get('a.b')", 13)).toMatchObject({ place: "argument", method: "get", prefix: "a.b" });
  expect(lookup("const x = lm.de; x.y", 15)).toMatchObject({ prefix: "de" });
  for (const none of ["lm().", "lm", "f(1).x", "((lm: any) => lm.", '"lm.', "lm[i]."])
    expect(lookup(none)).toBeUndefined();
  expect(notebook.inspect("lm.a.b", 3)?.value).toEqual(["lm", "a"]);
  expect(notebook.inspect("lm", 1)).toMatchObject({ signature: "const lm: any", value: ["lm"] });
});

test("a declaration of the global scope stays, and so do modules that only later cells import", async () => {
  open();
  await run("declare global { interface Array<T> { readonly own: T } }");
  await run("interface Point { x: number }\nconst origin: Point = { x: 3 }");
  await run("const unrelated = 1");
  expect(await run("[1].own satisfies number")).toBeUndefined();
  expect(await run("origin.x satisfies string")).toEqual([expect.stringContaining("Type 'number'")]);
  expect(await run("({ x: 4 } satisfies Point).x")).toBe(4);
});

test("files of packages are read once for all cells", async () => {
  open();
  await run("1 + 2");
  const read = vi.spyOn(ts.sys, "readFile");
  await run("1 + 3");
  await run("const x = 2");
  await run("x + 1");
  const packages = read.mock.calls.filter(
    ([name]) => name.includes("/node_modules/") && name.endsWith(".ts"),
  );
  expect(packages).toEqual([]);
  read.mockRestore();
});
