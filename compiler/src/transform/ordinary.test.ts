import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notebook } from "../notebook.ts";
import { either } from "../runtime/index.ts";
import { ts } from "../typescript.ts";

/** Programs without tensors, whose types tell little, so that every helper takes part. Each logs what it does. */
const programs: Record<string, string> = {
  operators: `for (const a of [1, 2.5, "x", "3", null, undefined, true, [1], {}, new Date(5)] as any[])
    for (const b of [2, "y", -0, NaN, null, undefined, false, [], { valueOf: () => 7 }] as any[])
      log(String(a + b), a - b, a * b, a / b, a % b, a ** b, a < b, a <= b, a > b, a >= b, a == b, a != b, -a, !a, a && b, a || b, a ?? b);`,
  "big integers": `const f = (a, b) => [a + b, a * b, -a, a < b, a == b]; log(f(2n, 3n).map(String).join());
    try { f(1n, 2) } catch (error) { log(String(error)) }`,
  "conversions happen once and in order": `const noisy = (name, value): any => ({ valueOf() { log(name); return value } });
    log(noisy("a", 2) * noisy("b", 3), noisy("c", 1) < noisy("d", 2), noisy("e", 1) == 1); let x: any = noisy("f", 1); x += noisy("g", 2); log(x)`,
  "getters are read once": `const o: any = { get p() { log("get"); return 1 }, set p(v) { log("set", v) } };
    o.p += 1; o["p"] *= 3; const g = () => (log("owner"), o), k = () => (log("key"), "p");
    g()[k()] -= (log("right"), 1); g().p ||= (log("no"), 2); g().p &&= (log("yes"), 3); o.p ??= 4`,
  branches: `const f = (a) => { let n = 0, s = ""; if (a.x) { n++; s += "x" } else if (a.y) n--; else { n = 10; var v = 3 } return [n, s, v] };
    log(f({ x: 1 }), f({ y: 1 }), f({}))`,
  "this, arguments, super": `class A { m(): any { return 1 } }
    class B extends A { n: any = 2; m() { let r: any; if (this.n as any) r = super.m() + this.n; return r } }
    function g(this: any, ...rest: any[]) { let r; if (rest[0]) r = [arguments.length, this.q]; return r }
    log(new B().m(), g.call({ q: 5 }, 1, 2))`,
  jumps: `outer: for (const a of [1, 2, 3] as any) { for (const b of [1, 2, 3] as any) { if (b == 2) continue outer; if (a == 3) break outer; log(a, b) } }
    const f = (xs: any) => { for (const x of xs) { if (x > 1) return x } return "none" }; log(f([1, 2, 3]), f([]))`,
  "loops close their iterators": `const it = (): any => ({ i: 0, [Symbol.iterator]() { return this }, next() { return { done: this.i > 3, value: this.i++ } }, return() { log("closed"); return {} } });
    for (const x of it()) log(x); try { for (const x of it()) { log(x); throw new Error("e") } } catch (error) { log(String(error)) }
    for (const x of it()) { if (x == 1) break }`,
  "loop variables are fresh": `const fs: any[] = []; for (const x of [1, 2, 3] as any) { fs.push(() => x) } log(fs.map((f) => f()));
    for (let [a, { b = 5 }] of [[1, {}], [2, { b: 3 }]] as any) { { const b2 = b; a += b2; log(a, b) } }
    for (const x of [1] as any) { const x = 2; log(x) }`,
  "not iterable": `try { for (const x of 5 as any) log(x) } catch (error) { log((error as Error).constructor.name) }
    try { for (const x of undefined as any) log(x) } catch (error) { log((error as Error).constructor.name) }`,
  "while and for": `let n: any = 3; while (n) { n--; log(n) } do { n++ } while (n < (3 as any)); for (let i: any = 0; i < 3; i++) log(i); log(n)`,
  switch: `const f = (x: any) => { switch (x) { case 1: return "one"; case "1": return "text"; case null: return "null"; default: return "other" } }; log(f(1), f("1"), f(null), f({}))`,
  generators: `function* g(x: any): any { if (x) { yield 1 } else yield 2; const r = x && (yield 3); const s = x ? yield r : 0; return s || 7 }
    for (const x of [0, 1]) { const i = g(x); log(i.next(), i.next("a"), i.next("b"), i.next("c")) }`,
  async: `const f = async (x: any) => { let r = x || await 5; if (x) { r += await 1 } r = x ? await 2 + r : r; for (const y of [x] as any) { await y } x &&= 3; return [r, x] };
    log(await f(0), await f(1))`,
  "logical values": `const side = (v: any) => (log("side", v), v); log(side(0) && side(1), side("") || side("z"), !side(null), side(1) && side(0) || side(2));
    let a: any = null; a ||= side(4); a &&= side(5); log(a)`,
  callbacks: `log(([1, 0, 2] as any[]).filter((x) => x).length, ([1, 2] as any[]).find((x) => x > 1), Boolean("" as any), ([0, 1] as any[]).map((x) => !x))`,
  "closures keep their variables": `const make = (on: any) => { let n: any = 0; if (on) { n = 1; const inc = () => (n += 1); inc(); inc() } return n }; log(make(1), make(0))`,
  "names in conditions": `let [p, q]: any = [1, 2]; if (p) { [p, q] = [q, p]; ({ p, x: q } = { p, x: 9 } as any) } log(p, q)`,
  "errors pass through": `const f = (x: any) => { try { if (x.y.z) log(1); else log(2) } catch (error) { log((error as Error).message) } finally { log("finally") } }; f({}); f({ y: {} })`,
  "objects as conditions": `const o = {}; if (o) log("yes"); const u: unknown = 0; log(u ? 1 : 2, u || "x", !u, o && 1); function t<T>(x: T) { if (x) return "t"; return "f" } log(t(""), t("a"))`,
  "assignment operators of names": `let a: any = "5"; a -= 2; log(a); a += "1"; log(a); a **= 2; log(a); a %= 10; log(a); a /= 4; log(a); let b = 1; b += a; log(b)`,
};

let folder: string;
let notebook: Notebook;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ordinary-"));
  notebook = new Notebook({ folder, globals: "declare function log(...values: unknown[]): void;" });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Runs = (js: string) => Promise<void>;

/** What a program logs. */
async function logged(run: Runs, js: string): Promise<string[]> {
  const lines: string[] = [];
  Object.assign(globalThis, { log: (...values: unknown[]) => lines.push(inspect(values)) });
  await run(js);
  return lines;
}

const compiled: Runs = async (js) => {
  const runtime = { either, turn: 0, result: undefined, resumed: (_: number, value: unknown) => value };
  await (vm.runInThisContext(js) as (...args: unknown[]) => Promise<void>)({}, runtime);
};

const plain: Runs = async (js) =>
  vm.runInThisContext(`(async () => { "use strict"; ${js}\n})()`) as Promise<void>;

describe("programs without tensors do what they did", () => {
  test.each(Object.entries(programs))("%s", { timeout: 60_000 }, async (_, code) => {
    const cell = notebook.compile(`// @ts-nocheck\n${code}`);
    notebook.forget();
    if (!cell.ok) throw new Error(JSON.stringify(cell.diagnostics));
    const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
    const { outputText } = ts.transpileModule(code, { compilerOptions: options });
    const lines = await logged(plain, outputText);
    expect(lines.length).toBeGreaterThan(0);
    expect(await logged(compiled, cell.js)).toEqual(lines);
  });
});
