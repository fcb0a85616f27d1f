import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notebook } from "../notebook.ts";
import { either } from "../runtime/index.ts";

/** A tensor that writes down what is done with it; lazy ones have no number. */
class Tensor {
  readonly isOperand = true;
  constructor(
    readonly text: string,
    readonly number?: number,
  ) {}
  toString() {
    return this.text;
  }
}
const flow = {
  isOperand: (x: unknown) => x instanceof Tensor,
  binary: (method: string, a: unknown, b: unknown) => new Tensor(`${method}(${a}, ${b})`),
  unary: (method: string, a: unknown) => new Tensor(`${method}(${a})`),
  truth(x: Tensor, where: string) {
    if (x.number === undefined) throw new Error(`lazy in ${where}`);
    return x.number !== 0;
  },
  cond(c: Tensor, then: () => void, otherwise: (() => void) | undefined, carried: readonly Carried[]) {
    const before = carried.map((variable) => variable.get());
    then();
    const one = carried.map((variable) => variable.get());
    carried.forEach((variable, i) => void variable.set(before[i]));
    otherwise?.();
    for (const [i, variable] of carried.entries())
      variable.set(new Tensor(`${variable.name}:${c} ? ${one[i]} : ${variable.get()}`));
  },
  forOf(items: Tensor, body: (item: unknown) => void, carried: readonly Carried[]) {
    body(new Tensor(`each(${items}; ${carried.map(({ name }) => name)})`));
  },
  select: (c: unknown, then: () => unknown, otherwise: () => unknown) =>
    new Tensor(`${c} ? ${then()} : ${otherwise()}`),
  and: (a: unknown, b: () => unknown) => new Tensor(`and(${a}, ${b()})`),
  or: (a: unknown, b: () => unknown) => new Tensor(`or(${a}, ${b()})`),
};
type Carried = { name: string; get(): unknown; set(value: unknown): void };

for (const method of ["add", "sub", "mul", "div", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne", "neg"])
  Object.defineProperty(Tensor.prototype, method, {
    value(this: Tensor, ...others: unknown[]) {
      return new Tensor(`${method}(${[this, ...others].join(", ")})`);
    },
  });
Object.defineProperty(Tensor.prototype, "logicalNot", {
  value(this: Tensor) {
    return flow.unary("logicalNot", this);
  },
});

const globals = `
type Value = Tensor | number | boolean;
type Both<A> = { readonly [K in keyof A]: (...args: [other: Value]) => Tensor };
interface Methods extends Both<{ add: 1; sub: 1; mul: 1; div: 1; mod: 1; pow: 1; lt: 1; le: 1; gt: 1; ge: 1; eq: 1; ne: 1 }> {}
interface Tensor extends Methods {
  readonly isOperand: true; readonly text: string; [index: number]: Tensor;
  neg(): Tensor; logicalNot(): Tensor;
  set(indices: readonly number[], value: Value): void;
  [Symbol.iterator](): Iterator<Tensor>;
}
declare function lazy(name: string): Tensor;
declare function known(value: number): Tensor;
declare const log: string[];
`;

let folder: string;
let notebook: Notebook;
const registered = Symbol.for("nnsight.flow");
const log: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tensors-"));
  notebook = new Notebook({ folder, globals });
  Object.defineProperty(globalThis, registered, { value: flow, configurable: true });
  Object.assign(globalThis, {
    lazy: (name: string) => new Tensor(name),
    known: (value: number) => new Tensor(String(value), value),
    log,
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  Reflect.deleteProperty(globalThis, registered);
});

/** The text of a cell's value, or its errors. */
async function run(code: string): Promise<unknown> {
  const cell = notebook.compile(code);
  notebook.forget();
  if (!cell.ok) return cell.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
  log.length = 0;
  const runtime = {
    either,
    result: undefined as unknown,
    turn: 0,
    resumed: (_: number, value: unknown) => value,
  };
  try {
    await (vm.runInThisContext(cell.js) as (...args: unknown[]) => Promise<void>)(
      Object.create(null),
      runtime,
    );
  } catch (error) {
    return String(error);
  }
  const { result } = runtime;
  return Array.isArray(result)
    ? result.map((each) => (each instanceof Tensor ? each.text : each))
    : String(result);
}

const cells: Record<string, [code: string, value: unknown]> = {
  arithmetic: [
    "const t = lazy('t'); (t * 2 + 1 - t / 3) ** 2 % 5",
    "mod(pow(sub(add(mul(t, 2), 1), div(t, 3)), 2), 5)",
  ],
  "numbers on the left": [
    "const t = lazy('t'); [2 * t, 2 - t, 1 / t]",
    ["mul(2, t)", "sub(2, t)", "div(1, t)"],
  ],
  comparisons: [
    "const t = lazy('t'); [t < 1, t <= 1, 1 > t, t >= 1, t == 1, t != 1]",
    ["lt(t, 1)", "le(t, 1)", "gt(1, t)", "ge(t, 1)", "eq(t, 1)", "ne(t, 1)"],
  ],
  identity: ["const t = lazy('t'); const u = t; [t === u, t == null, t != undefined]", [true, false, true]],
  "unary minus": ["const t = lazy('t'); -t * -2", "mul(neg(t), -2)"],
  "a result is a tensor": [
    "const t = lazy('t'); const u: Tensor = 2 * t; (t * 2).text + (u < 0).text",
    "mul(t, 2)lt(mul(2, t), 0)",
  ],
  "compound assignment": [
    "let t = lazy('t'); t += 1; t *= 2; t -= t; t /= 2; t %= 3; t **= 2; t",
    "pow(mod(div(sub(mul(add(t, 1), 2), mul(add(t, 1), 2)), 2), 3), 2)",
  ],
  "compound assignment to a property": [
    "const o = { t: lazy('t'), n: { t: lazy('u') } }; o.t *= 2; const inner = () => (log.push('once'), o.n); inner().t += (log.push('then'), 1); [o.t, o.n.t, ...log]",
    ["mul(t, 2)", "add(u, 1)", "once", "then"],
  ],
  "a number that becomes a tensor": [
    "let a: Tensor | number = 0; a += lazy('t'); a *= 2; a",
    "mul(add(0, t), 2)",
  ],
  "a sum in a loop": [
    "let a: Tensor | number = 0; for (const i of [1, 2]) a = a + lazy('t') * i; a",
    "add(add(0, mul(t, 1)), mul(t, 2))",
  ],
  "an operand of unknown type": [
    "const f = (x) => -(x * 2 + 1); [f(2), f(lazy('t')), f('3')]",
    [-5, "neg(add(mul(t, 2), 1))", -7],
  ],
  "a generic operand": [
    "function f<T extends Tensor | number>(x: T) { return x * 2 }\n[f(2), f(lazy('t'))]",
    [4, "mul(t, 2)"],
  ],
  "an index is written with a number": [
    "const t = lazy('t'); t[1] = t * 2; t[1] *= 3; t[0] = 5; [t[0], t[1]]",
    [5, "mul(mul(t, 2), 3)"],
  ],
  "no operator for strings": [
    "lazy('t') * 'x'",
    [
      "1:1 The left-hand side of an arithmetic operation must be of type 'any', 'number', 'bigint' or an enum type.",
      "1:13 The right-hand side of an arithmetic operation must be of type 'any', 'number', 'bigint' or an enum type.",
    ],
  ],
  "no number where a tensor comes": [
    "let n = 1; n *= lazy('t')",
    ["1:12 Type 'Tensor' is not assignable to type 'number'."],
  ],
  "no string in a place": ["lazy('t')[0] = 'x'", ["1:1 Type 'string' is not assignable to type 'Tensor'."]],
  if: [
    "const c = lazy('c'); let a = lazy('a'); let n = 1\nif (c > 0) { a = a * 2; n = 2 } else { a = a - 1 }\n[a, n]",
    ["a:gt(c, 0) ? mul(a, 2) : sub(a, 1)", "n:gt(c, 0) ? 2 : 1"],
  ],
  "properties are merged": [
    "const o = { a: lazy('a'), n: 0 as Tensor | number }; if (lazy('c')) { o.a = o.a * 2; o.n = 1 } else o.a -= 1;\n[o.a, o.n]",
    ["o.a:c ? mul(a, 2) : sub(a, 1)", "o.n:c ? 1 : 0"],
  ],
  "var in a lazy if": ["if (lazy('c')) { var v = 1 }", "Error: lazy in `if` with `var` in it"],
  "a number that a condition makes a tensor": [
    "let n: Tensor | number = 0; if (lazy('c')) n = 1\nconst m: number = n",
    [
      "2:7 Type 'number | Tensor' is not assignable to type 'number'.\n  Type 'Tensor' is not assignable to type 'number'.",
    ],
  ],
  "else if": [
    "const c = lazy('c'); let n = 0\nif (c < 0) n = 1; else if (c > 9) n = 2\nn",
    "n:lt(c, 0) ? 1 : n:gt(c, 9) ? 2 : 0",
  ],
  "a condition of unknown type": [
    "const f = (c) => { let n = 0; if (c) n++; else n--; return n }; [f(1), f(0), f(lazy('c'))]",
    [1, -1, "n:c ? 1 : -1"],
  ],
  "a choice": ["const c = lazy('c'); (c ? 1 : 2).text", "c ? 1 : 2"],
  logic: [
    "const [a, b] = [lazy('a'), lazy('b')]; [a && b, a || b, !a, !(a && !b)]",
    ["and(a, b)", "or(a, b)", "logicalNot(a)", "logicalNot(and(a, logicalNot(b)))"],
  ],
  "logical assignment": [
    "let a = lazy('a'); a ||= lazy('b'); const o = { a }; o.a &&= lazy('c'); o.a",
    "and(or(a, b), c)",
  ],
  "a loop": ["let s = lazy('s'); for (const x of lazy('xs')) { s = s + x }\ns", "add(s, each(xs; s))"],
  "a loop over an unknown value": [
    "const f = (xs) => { let s = 0; for (const [x] of xs) { const y = x; s += y }; return s }; f([[1], [2]])",
    "3",
  ],
  "a known condition": [
    "const f = (t: Tensor) => { if (t) return 'yes'; return 'no' }; [f(known(1)), f(known(0))]",
    ["yes", "no"],
  ],
  "return in a lazy if": [
    "const f = (t: Tensor) => { if (t) return 1; return 2 }; f(lazy('t'))",
    "Error: lazy in `if` with `return` in it",
  ],
  "a break that stays inside": ["let n = 0; if (lazy('c')) { for (;;) { n = 1; break } }\nn", "n:c ? 1 : 0"],
  "a break that leaves": [
    "for (const x of [1]) { if (lazy('c')) break }",
    "Error: lazy in `if` with `break` in it",
  ],
  "await in a lazy if": ["if (lazy('c')) { await 1 }", "Error: lazy in `if` with `await` in it"],
  while: ["while (lazy('c')) {}", "Error: lazy in `while`"],
  switch: [
    "switch (lazy('c')) { default: }",
    [
      "1:9 A `switch` cannot look at a tensor: it compares identities, not numbers. Use `if (a == b) … else …`.",
    ],
  ],
  "a tensor that may be missing": [
    "const f = (t?: Tensor) => t && 1",
    [
      "1:27 This tensor may be missing, and a tensor is true or false by its numbers: write 't !== undefined' to ask whether it is there, or 't ?? …' for a replacement.",
    ],
  ],
  "a callback's answer": [
    "[known(1), known(0)].filter((x) => x).length + [lazy('t')].filter((x) => x > 0).length",
    "Error: lazy in the answer of `filter`'s callback",
  ],
  "Boolean()": ["Boolean(lazy('c'))", "Error: lazy in `Boolean()`"],
};

describe("cells with tensors", () => {
  test.each(Object.entries(cells))("%s", { timeout: 60_000 }, async (_, [code, value]) => {
    expect(await run(code)).toEqual(value);
  });
});

test("a throw beside a context tells it", { timeout: 60_000 }, async () => {
  const told: unknown[] = [];
  const contexts = Symbol.for("nnsight.contexts");
  Object.defineProperty(globalThis, contexts, {
    value: { poison: (error: Error) => told.push(error.message) },
    configurable: true,
  });
  const resource = "{ async [Symbol.asyncDispose]() { log.push('closed') } }";
  await run(`{ await using a = ${resource}; throw new Error("one") }`);
  await run(
    `const f = async () => { await using a = ${resource}; return g(); function g() { throw new Error("two") } }\nawait f()`,
  );
  await run(`await using a = ${resource}; h(); function h() { throw new Error("three") }`);
  expect(await run(`await using a = ${resource}; function y() { return x }\nconst x = 1; x + y()`)).toBe("2");
  Reflect.deleteProperty(globalThis, contexts);
  expect(told).toEqual(["one", "two", "three"]);
  expect(log).toEqual(["closed"]);
});
