import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Notebook } from "../notebook.ts";
import { either } from "../runtime/index.ts";

const globals = `
interface Tensor {
  readonly isOperand: true; readonly shape: number[]; [index: number]: Tensor;
  add(other: Tensor | number): Tensor; mul(other: Tensor | number): Tensor; neg(): Tensor; pick(...at: number[]): Tensor;
  set(at: number[], value: Tensor | number): void; save(): this; toArray(): unknown;
}
interface Layer { readonly isTraced?: true; output: Tensor; readonly inner: Layer; run(body: () => void): Tensor; trace(x: Tensor, body: () => void): Promise<void> }
declare const t: Tensor; declare const layer: Layer; declare const plain: { output: number; add(x: number): number };
declare function any(): any; declare function twice(x: Tensor): Tensor;
`;

let folder: string;
let notebook: Notebook;
/** What the library is told, call by call. */
let told: string[] = [];

/** A value that notes the place that it is told, as the library does, once for each call. */
const noting = (own: string[]): object =>
  new Proxy(
    Object.assign(() => undefined, { isOperand: true }),
    {
      get: (_, key) => {
        if (key === "inner") return layer;
        if (key === "isOperand") return true;
        if (typeof key === "symbol" || key === "then") return undefined;
        if (key === "trace") return (_: object, body: () => void) => [note(key), body()];
        if (key === "run") return (body: () => void) => [note(key), body()];
        if (own.includes(key) || /^\d+$/.test(key)) return note(key);
        return () => note(key);
      },
      set: (_, key) => {
        note(`${String(key)}=`);
        return true;
      },
    },
  );

function note(what: string): object {
  const { at } = either.site as { at: { place: string } | undefined };
  either.site.at = undefined;
  told.push(`${what} ${at?.place ?? "untold"}`);
  return value;
}
const value = noting([]);
const layer = noting(["output"]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sites-"));
  notebook = new Notebook({ folder, globals });
  const flow = { isOperand: (x: unknown) => x === value, binary: (m: string) => note(m), unary: note };
  Object.defineProperty(globalThis, Symbol.for("nnsight.flow"), { value: flow, configurable: true });
  Object.assign(globalThis, {
    t: value,
    layer,
    plain: { output: 1, add: (x: number) => x },
    any: () => value,
    twice: (x: { add(y: number): object }) => x.add(2),
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  Reflect.deleteProperty(globalThis, Symbol.for("nnsight.flow"));
});

async function run(code: string): Promise<string> {
  const cell = notebook.compile(code);
  notebook.forget();
  if (!cell.ok) return cell.diagnostics.map(({ message }) => message).join();
  told = [];
  const resumed = (_: number, x: unknown) => x;
  const runtime = { either, cell: "In[7]", result: undefined, turn: 0, resumed };
  await (vm.runInThisContext(cell.js) as (...args: unknown[]) => Promise<void>)(Object.create(null), runtime);
  if (either.site.at) told.push("left over");
  return told.join(", ").replaceAll("In[7]:", "");
}

const cells: Record<string, [code: string, told: string]> = {
  calls: ["t.add(1);\nt.neg()", "add 1:3, neg 2:3"],
  "nested calls, inner ones first": ["t.add(t.mul(t.neg()))", "neg 1:15, mul 1:9, add 1:3"],
  chains: ["t.neg().add(1)\n .neg()", "neg 1:3, add 1:9, neg 2:3"],
  operators: ["t * 2 + -t", "mul 1:2, neg 1:11, add 1:6"],
  "operators of any": ["any() * 2 - -any()", "mul 1:1, neg 1:13, sub 1:1"],
  "edges, read and written": [
    "layer.inner.output = layer.output.neg()",
    "output 1:28, neg 1:35, output= 1:19",
  ],
  "compound assignment": ["layer.output += 1", "output 1:7, add 1:13, output= 1:13"],
  places: ["t[0] = t[1]", "1 1:9, 0= 1:5"],
  "spread and empty calls": ["const at = [1, 2]; t.pick(...at); t.pick()", "pick 1:22, pick 1:37"],
  loops: ["for (let i = 0; i < 2; i++) t.add(i)", "add 1:31, add 1:31"],
  "template strings": ["`$" + "{t.add(1).shape}`", "add 1:6"],
  "what code without places calls": ["twice(t); t.add(1); twice(t)", "add untold, add 1:13, add untold"],
  "what waits": ["const f = async () => t.add(await 1); await f(); twice(t)", "add 1:25, add untold"],
  traces: ["await layer.trace(t, () => {\n  twice(t) })", "trace 1:13, add untold"],
  "what cannot be told": ["t?.add(1); layer.run(() => { twice(t) })", "add untold, run untold, add untold"],
};

test.each(Object.entries(cells))("%s", { timeout: 60_000 }, async (_, [code, expected]) => {
  expect(await run(code)).toBe(expected);
});

test("functions of two cells that call each other each tell their own", { timeout: 60_000 }, async () => {
  told = [];
  const scope = Object.create(null) as object;
  const codes = [
    "let g = (x: Tensor) => x;\nconst f = (x: Tensor) => g(x.neg()).neg()",
    "g = (x) =>\n  x.add(1);\nf(t)",
  ];
  for (const [i, code] of codes.entries()) {
    const cell = notebook.compile(code);
    if (!cell.ok) throw new Error(JSON.stringify(cell.diagnostics));
    const runtime = { either, cell: `In[${i + 1}]`, result: undefined };
    await (vm.runInThisContext(cell.js) as (...args: unknown[]) => Promise<void>)(scope, runtime);
  }
  notebook.forget();
  expect(told).toEqual(["neg In[1]:2:30", "add In[2]:2:5", "neg In[1]:2:37"]);
});

test("code without lazy values stays as it is", { timeout: 60_000 }, () => {
  const cell = notebook.compile("{ const a = plain.add(plain.output); plain.output = a; t.shape; t.save() }");
  expect(cell.ok && cell.js).not.toMatch(/__site|__places/);
});
