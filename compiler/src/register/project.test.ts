import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isOwn } from "../runtime/own.ts";
import { Project } from "./project.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "project-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function compile(name: string, code: string) {
  writeFileSync(join(folder, name), code);
  return new Project(folder).compile(join(folder, name));
}

test("only the project's own TypeScript is compiled", () => {
  expect(isOwn("file:///a/b.ts")).toBe(true);
  expect(["file:///a/b.js", "file:///a/node_modules/b/c.ts", "node:fs"].some(isOwn)).toBe(false);
});

test("a file stays a module; types go, and what may be a tensor is decided at run time", {
  timeout: 60_000,
}, () => {
  writeFileSync(join(folder, "types.ts"), "export interface T { a: number }");
  const { js, map } = compile(
    "main.ts",
    'import type { T } from "./types.ts";\nexport const n = (t: T) => t.a * 2;\nexport const f = (x: any) => x * 2;\n',
  );
  expect(js.trimEnd().split("\n")).toEqual([
    'const __either = globalThis[Symbol.for("nnsight.either")];',
    'const __places = __either.places("main.ts", [3, 30]);',
    "export const n = (t) => t.a * 2;",
    "export const f = (x) => __either.mul(x, 2, __places[0]);",
  ]);
  expect(originalPositionFor(new TraceMap(map), { line: 4, column: 24 })).toMatchObject({
    line: 3,
    column: 29,
  });
});

test("a context at the top of a file is guarded to its end", { timeout: 60_000 }, () => {
  const { js } = compile(
    "context.ts",
    "declare const c: AsyncDisposable;\nawait using a = c;\nexport const b = 1;\n",
  );
  expect(js.trimEnd().split("\n").slice(1)).toEqual([
    "await using a = c;",
    "using __guard = __either.guard();",
    "export const b = 1;",
    "__guard.done();",
  ]);
});

test("what cannot be compiled says where", { timeout: 60_000 }, () => {
  const code = "declare const t: { readonly isOperand: true };\nswitch (t) { default: }\n";
  expect(() => compile("switch.ts", code)).toThrow(/switch\.ts:2:9 - A `switch` cannot look at a tensor/);
  expect(() => compile("wrong.ts", "const x = ;")).toThrow(/wrong\.ts:1:11 - Expression expected\./);
});

test("decorators are compiled, and a changed file anew", { timeout: 60_000 }, () => {
  const project = new Project(folder);
  const file = join(folder, "changing.ts");
  writeFileSync(file, "class A { accessor a = 1 }\nexport const v = new A().a;");
  expect(project.compile(file).js).not.toContain("accessor a");
  writeFileSync(file, "export const v = 2;");
  utimesSync(file, 1, 1);
  project.refresh();
  expect(project.compile(file).js.trim()).toBe("export const v = 2;");
  expect(() => project.compile(join(folder, "missing.ts"))).toThrow("Cannot read");
});

test("the paths of tsconfig.json lead to files", { timeout: 60_000 }, () => {
  const own = join(folder, "aliases");
  mkdirSync(own);
  writeFileSync(join(own, "tsconfig.json"), '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }');
  writeFileSync(join(own, "a.ts"), "export const a = 1;");
  writeFileSync(join(own, "b.ts"), 'import { a } from "@/a";\nexport * from "@/a";\nexport const b = a;');
  const { js } = new Project(own).compile(join(own, "b.ts"));
  expect(js.match(/file:.*\/a\.ts"/g)).toHaveLength(2);
});
